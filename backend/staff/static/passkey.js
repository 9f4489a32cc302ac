// Makes a passkey or signs with one, and sends the browser's answer with the form that asked for it.
const fromText = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const withBytes = (descriptors = []) => descriptors.map((one) => ({ ...one, id: fromText(one.id) }));

async function ask(form) {
  const response = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "X-CSRF-Token": form.elements.csrf_token.value, Accept: "application/json" },
  });
  if (!response.ok) throw new Error(`no options: ${response.status}`);
  const options = await response.json();
  options.challenge = fromText(options.challenge);
  return options;
}

async function make(options) {
  options.user.id = fromText(options.user.id);
  options.excludeCredentials = withBytes(options.excludeCredentials);
  const made = await navigator.credentials.create({ publicKey: options });
  return answer(made, {
    clientDataJSON: toText(made.response.clientDataJSON),
    attestationObject: toText(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function sign(options) {
  options.allowCredentials = withBytes(options.allowCredentials);
  const signed = await navigator.credentials.get({ publicKey: options });
  const { clientDataJSON, authenticatorData, signature, userHandle } = signed.response;
  return answer(signed, {
    clientDataJSON: toText(clientDataJSON),
    authenticatorData: toText(authenticatorData),
    signature: toText(signature),
    userHandle: userHandle ? toText(userHandle) : null,
  });
}

const answer = (credential, response) =>
  JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response, clientExtensionResults: {} });

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const refusal = form.querySelector("[data-refusal]");
  if (!window.PublicKeyCredential) {
    form.hidden = true;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    refusal.hidden = true;
    const button = form.querySelector("button");
    button.classList.add("is-busy");
    try {
      const options = await ask(form);
      form.elements.answer.value = form.dataset.passkey === "make" ? await make(options) : await sign(options);
      form.submit();
    } catch {
      button.classList.remove("is-busy");
      refusal.hidden = false;
    }
  });
}
