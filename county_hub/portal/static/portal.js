// A slip's QR code opens this page with the code after #, which no browser sends: it is put into the field, taken out of the
// address, and the question is asked. Without script the code is typed.
'use strict';
(() => {
  const field = document.getElementById('code');
  const text = decodeURIComponent(location.hash.slice(1));
  if (!field || text.length < 20 || text.length > 600) return;
  history.replaceState(null, '', location.pathname);
  field.value = text;
  field.form.submit();
})();
