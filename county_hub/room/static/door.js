// The link of an office or a scanned code carries the number after #, which no browser sends: it is put into the field and asked.
'use strict';
(() => {
  const field = document.getElementById('code');
  const text = location.hash.slice(1);
  if (!field || !/^[0-9A-Za-z-]{6,20}$/.test(text)) return;
  history.replaceState(null, '', location.pathname);
  field.value = text;
  field.form.submit();
})();
