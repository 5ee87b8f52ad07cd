// First fence of a database of the county: refuses what cannot be a document of it, whoever writes it. It looks at the outside of
// a document only; whether it is what its id says, and who signed it, is the hub's question, and the hub never relies on this.
// $NAMES: patterns of ids; $FIXED: documents never change; $WRITERS: roles that may write.
function (newDoc, oldDoc, userCtx, secObj) {
  var names = $NAMES, fixed = $FIXED, writers = $WRITERS, id = newDoc._id, i, ok;
  if (id.indexOf('_design/') === 0) { return; }
  ok = false;
  for (i = 0; i < writers.length; i++) { ok = ok || userCtx.roles.indexOf(writers[i]) >= 0; }
  if (!ok) { throw({forbidden: 'not_a_writer: this account only reads'}); }
  ok = names.length === 0;
  for (i = 0; i < names.length; i++) { ok = ok || new RegExp('^(' + names[i] + ')$').test(id); }
  if (!ok) { throw({forbidden: 'wrong_place: this database takes no document of this name'}); }
  if (!fixed) { return; }
  if (newDoc._deleted) { throw({forbidden: 'fixed: documents of this database are never deleted'}); }
  if (newDoc._attachments) { throw({forbidden: 'fixed: documents of this database have no attachments'}); }
  if (oldDoc || !/^1-[0-9a-f]{32}$/.test(newDoc._rev || '')) {
    throw({forbidden: 'fixed: documents of this database have one revision, which the county gives (new_edits=false)'});
  }
}
