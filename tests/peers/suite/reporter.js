'use strict';

// One line of JSON for each case, then one that says that the run was complete. With `skipped` and failed hooks.

module.exports = class {
  constructor(runner) {
    const tell = (value) => require('fs').writeSync(1, `\n@case ${JSON.stringify(value)}`);
    const told = (state) => (test, error) =>
      tell({ title: test.fullTitle(), state, javascript: Boolean(test.javascript), message: error ? String(error.message || error) : '' });
    runner.on('pass', told('passed')).on('fail', told('failed')).on('pending', told('skipped'));
    runner.on('end', () => tell({ complete: true }));
  }
};
