"""python-for-android's recipe of `sqlcipher3`, which has none there: built against the recipe of OpenSSL. Not built here.

Its source is what `pip download --no-deps --no-binary :all: sqlcipher3` brings; `SQLCIPHER3_SOURCE` names that file
(`file:///…/sqlcipher3-0.6.4.tar.gz`), so that nothing is fetched from an address that stands in here.
"""

import os

from pythonforandroid.recipe import CompiledComponentsPythonRecipe


class Sqlcipher3Recipe(CompiledComponentsPythonRecipe):
    version = "0.6.4"
    url = os.environ.get("SQLCIPHER3_SOURCE", "")
    depends = ["openssl", "setuptools"]        # noqa: RUF012    as recipes are written
    call_hostpython_via_targetpython = False
    site_packages_name = "sqlcipher3"

    def get_recipe_env(self, arch=None, with_flags_in_cc=True):
        env = super().get_recipe_env(arch, with_flags_in_cc)
        openssl = self.get_recipe("openssl", self.ctx)
        env["CFLAGS"] += openssl.include_flags(arch)
        env["LDFLAGS"] += openssl.link_flags(arch) + " -Wl,-z,max-page-size=16384"
        # SQLCipher itself, as the wheels for other platforms are made: in memory, never in temporary files.
        env["CFLAGS"] += " -DSQLITE_HAS_CODEC -DSQLITE_TEMP_STORE=2 -DSQLITE_EXTRA_INIT=sqlcipher_extra_init" \
                         " -DSQLITE_EXTRA_SHUTDOWN=sqlcipher_extra_shutdown -DSQLITE_ENABLE_FTS5"
        return env


recipe = Sqlcipher3Recipe()
