// A passkey is made or used: the question stands in the form, the browser's answer goes into its hidden field.
'use strict';
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const all = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function made(asked) {
    const { id, rawId, type, response } = await navigator.credentials.create({ publicKey: {
      ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) }, excludeCredentials: all(asked.excludeCredentials) } });
    return { id, rawId: text(rawId), type, response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject) } };
  }

  async function used(asked) {
    const { id, rawId, type, response } = await navigator.credentials.get({ publicKey: {
      ...asked, challenge: bytes(asked.challenge), allowCredentials: all(asked.allowCredentials) } });
    return { id, rawId: text(rawId), type, response: { clientDataJSON: text(response.clientDataJSON), authenticatorData: text(response.authenticatorData),
      signature: text(response.signature), userHandle: response.userHandle ? text(response.userHandle) : null } };
  }

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    if (!window.PublicKeyCredential) continue;      // the button stays hidden: the code does as well
    form.hidden = false;
    form.addEventListener('submit', async (event) => {
      const answer = form.querySelector('[data-answer]');     // what else the form carries may have any name
      if (answer.value) return;
      event.preventDefault();
      const told = form.querySelector('[data-told]'), button = form.querySelector('button');
      told.hidden = true;
      button.disabled = true;
      try {
        answer.value = JSON.stringify(await (form.dataset.passkey === 'make' ? made : used)(JSON.parse(form.dataset.asked)));
        HTMLFormElement.prototype.submit.call(form);
      } catch (fault) { told.hidden = false; } finally { button.disabled = false; }
    });
  }
})();
