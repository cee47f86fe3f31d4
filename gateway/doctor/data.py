"""Configuration, what is on the disk, and whether a gateway works on it."""

import os
import shutil
import stat
from pathlib import Path

from gateway.adapters.database import FILE, is_held, open_to_read, translated
from gateway.adapters.pin import SignIns
from gateway.config import load_config
from gateway.doctor.findings import NO_CONFIG, NO_JOURNAL, Finding, Patient, notice, ok, unknown, wrong
from gateway.errors import ConfigError, JournalError

LEAST_FREE_MB, SCARCE_MB = 100.0, 1000.0
SILENT_S = 120.0  # a gateway that runs commits every 30 s
ALERT_WAITS_S, ROUTINE_WAITS_S = 60.0, 900.0


def configuration(patient: Patient) -> Finding:
    if patient.config is not None:
        return ok(f"{patient.config_path} は正しく読めます", f"{patient.config_path} is in order")
    try:
        load_config(patient.config_path)
    except ConfigError as error:
        return wrong(
            f"設定に誤りがあります: {error}", str(error), "挙げられた項目を直してください", "correct the keys it names"
        )
    return unknown("いま変わったばかりです", "it has changed just now")


def data_dir(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    path = Path(patient.config.data_dir)
    try:
        found = path.stat()
        strangers = [one.name for one in path.iterdir() if one.stat().st_uid != found.st_uid]
    except OSError as error:
        return wrong(
            f"{path} を使えません ({error.strerror})",
            f"{path} cannot be used ({error.strerror})",
            "data_dir と、そのフォルダーの所有者を確かめてください",
            "check data_dir and who owns that folder",
        )
    if strangers:
        names = ", ".join(sorted(strangers))
        return wrong(
            f"{path} の中に持ち主の違うファイルがあります: {names}",
            f"{path} holds files of another owner: {names}",
            f"chown --reference={path} で持ち主をそろえてください",
            f"give them to the folder's owner: chown --reference={path}",
        )
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return wrong(
            f"{path} に書き込めません",
            f"{path} cannot be written to",
            "ゲートウェイの利用者か root で実行し、権限を確かめてください",
            "run this as the gateway's user or root; check its mode",
        )
    if found.st_mode & stat.S_IRWXO:
        return wrong(
            f"{path} を誰でも読めます",
            f"{path} can be read by everybody on this machine",
            f"chmod 700 {path}",
            f"chmod 700 {path}",
        )
    return ok(f"{path} は使えます", f"{path} can be used")


def disk_space(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    try:
        free_mb = shutil.disk_usage(patient.config.data_dir).free / 1e6
        inodes = os.statvfs(patient.config.data_dir)
    except OSError as error:
        return unknown(f"分かりません ({error.strerror})", f"not known ({error.strerror})")
    said = f"空き容量は {free_mb:.0f} MB です", f"{free_mb:.0f} MB are free"
    todo = "不要なファイルを消してください。空きがないと何も記録できません", "make room: without it nothing is taken in"
    if free_mb < LEAST_FREE_MB or (inodes.f_files and not inodes.f_favail):
        return wrong(*said, *todo)
    return notice(*said, *todo) if free_mb < SCARCE_MB else ok(*said)


def journal(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    path = Path(patient.config.data_dir)
    try:
        with translated(path / FILE):
            db = open_to_read(path)
            try:
                (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
            finally:
                db.close()
    except JournalError as error:
        return wrong(
            f"記録(ジャーナル)を読めません: {error}",
            str(error),
            "まだなら一度起動してください。壊れていれば別の場所へ移して起動し直してください",
            "start the gateway once if it never ran; if it is damaged, move it away and start again",
        )
    if found != "ok":
        return wrong(
            f"記録(ジャーナル)が壊れています: {found}",
            f"the journal is damaged: {found}",
            "別の場所へ移して起動し直してください。送信済みのものはサーバーにあります",
            "move it away and start again; the backend keeps what was sent",
        )
    if patient.notes is None:
        return wrong(
            "記録(ジャーナル)を別のバージョンが書いています",
            "the journal was written by another version",
            "そのバージョンに戻してください",
            "install that version again",
        )
    return ok("記録(ジャーナル)は壊れていません", "the journal is sound")


def running(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    held = is_held(Path(patient.config.data_dir))
    if held is None:
        return unknown(
            "動いているか分かりません。root で実行してください", "not known whether it runs; run this as root"
        )
    if not held:
        return wrong(
            "ゲートウェイが動いていません",
            "no gateway is running",
            "起動してください (systemctl start tomoshibi-gateway)",
            "start it (systemctl start tomoshibi-gateway)",
        )
    until = None if patient.notes is None else patient.notes.running_until
    if until is None or patient.now - until > SILENT_S:
        return wrong(
            "ゲートウェイは動いていますが、何も記録していません",
            "a gateway runs, and commits nothing",
            "空き容量とログ (journalctl -u tomoshibi-gateway) を見てください",
            "look at the disk and journalctl -u tomoshibi-gateway",
        )
    return ok("ゲートウェイは動いています", "a gateway is running")


def backlog(patient: Patient) -> Finding:
    notes = patient.notes
    if notes is None:
        return NO_JOURNAL
    alert_s, routine_s = (
        0.0 if at is None else max(0.0, patient.now - at) for at in (notes.oldest_alert_at, notes.oldest_routine_at)
    )
    minutes = max(alert_s, routine_s) / 60
    said = (
        f"通報{notes.queued_alerts}件、その他{notes.queued_routine}件が送信待ち、最も古いものは{minutes:.0f}分前",
        f"{notes.queued_alerts} alerts and {notes.queued_routine} other reports wait, the oldest for {minutes:.0f} min",
    )
    if alert_s > ALERT_WAITS_S or routine_s > ROUTINE_WAITS_S:
        return wrong(
            *said,
            "サーバーの確認結果に従ってください。電話で伝えるべき通報が残っています"
            if notes.queued_alerts
            else "サーバーの確認結果に従ってください",
            "see what is said of the backend; alerts are waiting that people should be told of"
            if notes.queued_alerts
            else "see what is said of the backend",
        )
    return ok(*said)


def refusals(patient: Patient) -> Finding:
    notes = patient.notes
    if notes is None:
        return NO_JOURNAL
    if notes.refused_reports or notes.skipped_commands:
        more = "".join(f"; {text}" for text in notes.skipped_commands)
        return notice(
            f"サーバーが断った報告{notes.refused_reports}件、実行できなかった指示{len(notes.skipped_commands)}件{more}",
            f"{notes.refused_reports} reports were refused, {len(notes.skipped_commands)} commands skipped{more}",
            "サーバー側の建物と住戸の設定を確かめてください",
            "check the building and its units in the backend",
        )
    return ok("断られた報告や指示はありません", "no report or command was refused")


def window(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    if patient.config.window is None:
        return ok("点検ページは使わない設定です", "the local window is not asked for")
    if SignIns(Path(patient.config.data_dir)).kept() is None:
        return notice(
            "点検ページに暗証番号がないか、読めません",
            "the local window has no PIN, or it cannot be read",
            "tomoshibi-gateway window-pin を実行してください",
            "run tomoshibi-gateway window-pin",
        )
    return ok("点検ページに暗証番号があります", "the local window has a PIN")
