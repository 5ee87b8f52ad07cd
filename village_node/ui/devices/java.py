"""The bridge to Android's own programs through pyjnius. Not run: neither SDK nor tablet is at hand (docs/PACKAGING.md).

Kept as thin as it goes: no decision, one call of Android a line, so that who tries it on a tablet sees at once which one fails.
Classes and constants by developer.android.com; `android.activity` and `android.permissions` are python-for-android's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from village_node.ui.devices.android import Told

FIRST_REQUEST = 7100        # of results that are ours


class Java:
    def __init__(self) -> None:
        from android import activity  # there only on Android
        from jnius import autoclass, cast

        self._class, self._cast = autoclass, cast
        self._activity = autoclass("org.kivy.android.PythonActivity").mActivity
        self._resolver = self._activity.getContentResolver()
        self._intents, self._uris = autoclass("android.content.Intent"), autoclass("android.net.Uri")
        self.api = int(autoclass("android.os.Build$VERSION").SDK_INT)
        self._waiting: dict[int, Told] = {}
        activity.bind(on_activity_result=self._came)

    # -- other programs, and their answers

    def _start(self, intent: Any, told: Told) -> None:
        request = FIRST_REQUEST + len(self._waiting) % 100
        while request in self._waiting:
            request += 1
        self._waiting[request] = told
        try:
            self._activity.startActivityForResult(intent, request)
        except Exception as wrong:          # ActivityNotFoundException: no such program here
            del self._waiting[request]
            raise OSError("no program for it on this device") from wrong

    def _came(self, request: int, result: int, intent: Any) -> None:
        told = self._waiting.pop(request, None)
        if told is not None:
            told(result == -1, self._addresses(intent))     # Activity.RESULT_OK

    @staticmethod
    def _addresses(intent: Any) -> list[str]:
        if intent is None:
            return []
        many = intent.getClipData()
        if many is not None:
            return [many.getItemAt(n).getUri().toString() for n in range(many.getItemCount())]
        one = intent.getData()
        return [one.toString()] if one is not None else []

    # -- camera and files

    def new_picture(self) -> str:
        values = self._class("android.content.ContentValues")()
        values.put("mime_type", "image/jpeg")
        place = self._resolver.insert(self._class("android.provider.MediaStore$Images$Media").EXTERNAL_CONTENT_URI, values)
        if place is None:
            raise OSError("the media store gives no place")
        return str(place.toString())

    def photograph(self, into: str, told: Told) -> None:
        intent = self._intents("android.media.action.IMAGE_CAPTURE")
        intent.putExtra("output", self._cast("android.os.Parcelable", self._uris.parse(into)))
        intent.addFlags(self._intents.FLAG_GRANT_WRITE_URI_PERMISSION)
        self._start(intent, told)

    def choose(self, types: Sequence[str], many: bool, told: Told) -> None:
        intent = self._intents(self._intents.ACTION_OPEN_DOCUMENT)
        intent.addCategory(self._intents.CATEGORY_OPENABLE)
        intent.setType(types[0] if len(types) == 1 else "image/*")
        intent.putExtra("android.intent.extra.ALLOW_MULTIPLE", many)
        self._start(intent, told)

    def name_of(self, address: str) -> str:
        row = self._resolver.query(self._uris.parse(address), ["_display_name"], None, None, None)
        if row is None:
            return ""
        try:
            return str(row.getString(0)) if row.moveToFirst() else ""
        finally:
            row.close()

    def read(self, address: str, most: int) -> bytes:
        opened = self._resolver.openFileDescriptor(self._uris.parse(address), "r")
        if opened is None:
            raise OSError("it cannot be opened")
        with os.fdopen(opened.detachFd(), "rb") as file:
            return file.read(most)

    def erase(self, address: str) -> None:
        self._resolver.delete(self._uris.parse(address), None, None)

    # -- microphone

    def may_record(self) -> bool:
        from android.permissions import Permission, check_permission, request_permissions

        if not check_permission(Permission.RECORD_AUDIO):
            request_permissions([Permission.RECORD_AUDIO])      # answers at once; the dialog stands above the app
            return False
        return True

    def record(self, into: Path, rate: int, bits: int) -> Callable[[], None]:
        recorder, source = self._class("android.media.MediaRecorder")(), self._class("android.media.MediaRecorder$AudioSource")
        try:
            recorder.setAudioSource(source.MIC)
            recorder.setOutputFormat(self._class("android.media.MediaRecorder$OutputFormat").MPEG_4)
            recorder.setAudioEncoder(self._class("android.media.MediaRecorder$AudioEncoder").AAC)
            recorder.setAudioChannels(1)
            recorder.setAudioSamplingRate(rate)
            recorder.setAudioEncodingBitRate(bits)
            recorder.setOutputFile(str(into))
            recorder.prepare()
            recorder.start()
        except Exception as wrong:          # IllegalStateException, IOException of Java
            recorder.release()
            raise OSError("the microphone does not begin") from wrong

        def end() -> None:
            try:
                recorder.stop()
            except Exception as wrong:      # RuntimeException: nothing was recorded yet
                raise OSError("nothing was recorded") from wrong
            finally:
                recorder.release()

        return end


def install() -> None:
    """On Android; what fails here leaves the app with files from the folder of pictures, as before."""
    from village_node.ui.devices import android

    android.install(Java())
