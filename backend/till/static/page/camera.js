// The camera: shows what it films, and tells each code once when it comes into view.

const LOOKING_MS = 90;
const RESTING_MS = 500;
// A code that was out of view for as long has been taken away; seen again, it is shown anew.
const GONE_MS = 1200;
const FRAME_SIDE_MAXIMUM = 1280;
const WANTED = { audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 960 } } };

export class Camera {
  #video;
  #onCode;
  #onState;
  #worker = null;
  #stream = null;
  #starting = false;
  #canvas = document.createElement("canvas");
  #lastText = null;
  #lastSeenAt = 0;
  #timer = null;
  /** While false the camera goes on filming, and codes in view are known but not told. */
  looking = false;

  constructor({ video, onCode, onState }) {
    this.#video = video;
    this.#onCode = onCode;
    this.#onState = onState;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.start()));
  }

  async start() {
    if (this.#stream || this.#starting) return;
    if (!navigator.mediaDevices?.getUserMedia) {
      this.#onState("impossible");
      return;
    }
    this.#starting = true;
    this.#onState("starting");
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia(WANTED);
      this.#stream.getVideoTracks()[0].addEventListener("ended", () => this.#lost());
      this.#video.srcObject = this.#stream;
      await this.#video.play();
      this.#worker ??= this.#makeWorker();
      this.#onState("filming");
      this.#next();
    } catch (error) {
      this.stop();
      this.#onState(error.name === "NotAllowedError" ? "forbidden" : "absent");
    } finally {
      this.#starting = false;
    }
  }

  stop() {
    clearTimeout(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** Tell the code in view once more, as if it had just come. */
  forget() {
    this.#lastText = null;
  }

  #lost() {
    this.stop();
    this.#onState("absent");
  }

  #makeWorker() {
    const worker = new Worker(new URL("barcode_worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => this.#read(data));
    worker.addEventListener("error", () => this.#onState("unreadable"));
    return worker;
  }

  #next() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#capture(), this.looking ? LOOKING_MS : RESTING_MS);
  }

  #capture() {
    const { videoWidth, videoHeight } = this.#video;
    if (!this.#stream) return;
    if (!videoWidth) {
      this.#next();
      return;
    }
    const scale = Math.min(1, FRAME_SIDE_MAXIMUM / Math.max(videoWidth, videoHeight));
    this.#canvas.width = Math.round(videoWidth * scale);
    this.#canvas.height = Math.round(videoHeight * scale);
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(this.#video, 0, 0, this.#canvas.width, this.#canvas.height);
    const frame = context.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
    this.#worker.postMessage(frame, [frame.data.buffer]);
  }

  #read({ text, failure }) {
    if (failure) {
      this.#onState("unreadable");
      return;
    }
    if (text) this.#see(text);
    if (this.#stream) this.#next();
  }

  #see(text) {
    const now = performance.now();
    const known = text === this.#lastText && now - this.#lastSeenAt < GONE_MS;
    // What comes into view while nobody looks is told when looking begins.
    if (known || this.looking) {
      this.#lastText = text;
      this.#lastSeenAt = now;
    }
    if (!known && this.looking) this.#onCode(text);
  }
}
