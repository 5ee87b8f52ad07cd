"""Every error a person at a service point can meet, as one Chinese sentence naming field, value and remedy.

    NodeError                     exit code
    |-- UsageError          2     what was typed or sent in is wrong (malformed JSON, unknown verb, bad field)
    |   `-- InvalidDraft    2     a field of a form is wrong; `fields` names each
    |-- NotEnrolled         1     HOME is not a service point yet
    |-- EnrolFailed         1     the hub did not give an identity; nothing was written
    |-- Refused             1     the rules do not allow this act now (custody, guard, role)
    |-- NotHere             1     no such case, file or person on this device
    |-- HubAbsent           1     no answer from the hub; work is safe here
    |-- HubSaidNo           1     the hub answered with a refusal (credentials, revoked)
    |-- StorageTrouble      1     disk full, wrong key, corrupt, newer version
    |-- WorkerBusy          1     another process already synchronises this HOME
    `-- IdentityFault       1     this HOME is a clone or an old copy: writing would fork the device's chain
Must not know: Kivy, HTTP, argparse. `words_for` is the one place that turns errors of `sync` into these.
"""

from __future__ import annotations

from sync import errors as sync_errors


class NodeError(Exception):
    """`sentence` is shown to the clerk as it is."""

    exit_code = 1

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UsageError(NodeError):
    exit_code = 2


class InvalidDraft(UsageError):
    """`fields`: path of the field in the body ("parties.0.name") -> sentence."""

    def __init__(self, sentence: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.fields = fields or {}


class NotEnrolled(NodeError):
    pass


class EnrolFailed(NodeError):
    pass


class Refused(NodeError):
    pass


class NotHere(NodeError):
    pass


class HubAbsent(NodeError):
    pass


class HubSaidNo(NodeError):
    pass


class StorageTrouble(NodeError):
    pass


class WorkerBusy(NodeError):
    pass


class IdentityFault(NodeError):
    pass


_SYNC_WORDS: tuple[tuple[type[Exception], type[NodeError], str], ...] = (
    (sync_errors.DiskFull, StorageTrouble, "存储空间已满，这一条没有保存；此前保存的内容都在。请腾出空间后再保存一次。"),
    (sync_errors.WrongKey, StorageTrouble, "数据库密钥不对，打不开本机数据。请检查 --key-file 或环境变量 SYNC_KEY。"),
    (sync_errors.NewerVersion, StorageTrouble, "本机数据由更新版本的程序写成，请先升级程序。"),
    (sync_errors.NotAReplica, StorageTrouble, "本机数据文件不是本系统的数据库，请勿改动 replicas 文件夹，并联系管理员。"),
    (sync_errors.Corrupt, StorageTrouble, "本机数据文件已损坏，请停止使用并联系管理员，切勿删除文件。"),
    (sync_errors.StorageError, StorageTrouble, "本机存储出错，这一条没有保存。请检查磁盘后再试。"),
    (sync_errors.Unreachable, HubAbsent, "连不上上级平台，记录都在本机，联网后会自动上报。"),
    (sync_errors.Unauthorized, HubSaidNo, "上级平台不认本机的凭据，请联系县级管理员重新发放入网码。"),
    (sync_errors.Forbidden, HubSaidNo, "上级平台拒绝了本机的请求，请联系县级管理员。"),
    (sync_errors.BadAnswer, HubSaidNo, "上级平台的应答看不懂，请检查平台地址是否填对。"),
    (sync_errors.ServerError, HubAbsent, "上级平台暂时出错，稍后会自动再试。"),
    (sync_errors.PeerError, HubSaidNo, "上级平台拒绝了本机的请求，请联系县级管理员。"),
)


def words_for(error: Exception) -> NodeError:
    """The clerk's sentence for an error of `sync` or of the operating system; a NodeError comes back as it is."""
    if isinstance(error, NodeError):
        return error
    for kind, node_kind, sentence in _SYNC_WORDS:
        if isinstance(error, kind):
            return node_kind(sentence)
    if isinstance(error, OSError):
        return StorageTrouble(f"读写文件出错（{error.strerror or '未知原因'}），请检查磁盘空间和文件权限后再试。")
    raise error
