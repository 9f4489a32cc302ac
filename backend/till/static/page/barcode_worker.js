// Reads QR codes out of camera frames, beside the page so that the page stays quick.

import { prepareZXingModule, readBarcodes } from "../zxing-wasm/reader/index.js";

prepareZXingModule({ overrides: { locateFile: (file) => new URL(`../zxing-wasm/reader/${file}`, import.meta.url).href } });

const OPTIONS = { formats: ["QRCode"], tryHarder: true, tryInvert: true, maxNumberOfSymbols: 1 };

addEventListener("message", async ({ data: frame }) => {
  try {
    const [found] = await readBarcodes(frame, OPTIONS);
    postMessage({ text: found?.isValid ? found.text : null });
  } catch (error) {
    postMessage({ text: null, failure: String(error) });
  }
});
