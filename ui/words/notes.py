"""Comments on a plan, and who changed what of it."""

from __future__ import annotations

from geo.text import Text

__all__ = ["WORDS"]

WORDS: dict[str, Text] = {
    "notes": Text("意见（{n} 条未办结）", "Comments ({n} open)"),
    "note_save_first": Text("方案保存后可以写意见，改动记录也从第一次保存开始。", "Comments can be written once the plan is saved; the record of changes begins with the first save."),
    "note_none": Text("还没有意见。", "No comment yet."),
    "note_of": Text("{n} · {who} · {when}", "{n} · {who} · {when}"),
    "note_on_plan": Text("整个方案", "the plan"),
    "note_on_object": Text("对象", "an object"),
    "note_on_place": Text("地图上一处", "a place"),
    "note_on": Text("针对：{what}", "On: {what}"),
    "note_at": Text("地图上一处（{lon}, {lat}）", "a place ({lon}, {lat})"),
    "note_object_gone": Text("{id}（已不在方案中）", "{id} (no longer in the plan)"),
    "note_settled_by": Text("已办结 · {who} · {when}", "settled · {who} · {when}"),
    "note_settle": Text("办结", "Settle"),
    "note_look": Text("看位置", "Show on the map"),
    "note_chosen": Text("选中的意见", "The chosen comment"),
    "notes_settled": Text("也看已办结的（{n} 条）", "Settled ones too ({n})"),
    "notes_more": Text("另有 {n} 条较早的未列出；shell 中 scenario comments 可看全部。", "{n} older ones are not listed; scenario comments in the shell says all."),
    "note_new": Text("写意见", "Write a comment"),
    "note_about": Text("针对", "On"),
    "note_click": Text("请在地图上点一处，圆圈即意见的位置。", "Click the map: the ring is the place of the comment."),
    "note_no_place": Text("请先在地图上点一处，再写意见。", "Click a place on the map first."),
    "note_text": Text("意见（写下后不能改，可办结）", "Comment (kept as written; it can be settled)"),
    "note_write": Text("写下意见", "Keep it"),
    "notes_open_layer": Text("意见（未办结）", "Comments (open)"),
    "notes_settled_layer": Text("意见（已办结）", "Comments (settled)"),
    # who changed what
    "trail": Text("改动记录（谁、何时、改了什么、为何）", "Record of changes (who, when, what, why)"),
    "trail_of": Text("只看", "Only"),
    "trail_all": Text("全部对象", "all objects"),
    "trail_by": Text("第 {rev} 版 · {who} · {when}", "Rev. {rev} · {who} · {when}"),
    "trail_before": Text("改前", "Before"),
    "trail_after": Text("改后", "After"),
    "trail_why": Text("理由", "Why"),
    "trail_object": Text("对象", "Object"),
    "trail_what": Text("改了什么", "What"),
    "trail_rev": Text("版本", "Revision"),
    "trail_who": Text("姓名", "Who"),
    "trail_when": Text("时间", "When"),
    "trail_what_of": Text("{id} {what}", "{id} {what}"),
    "trail_none": Text("这个方案的各版没有改动。", "No revision of this plan has changed anything."),
    "trail_more": Text("列出最近 {n} 条，共 {all} 条；下载的表格为全部。", "The latest {n} of {all}; the file has all."),
    "trail_file": Text("下载改动记录（CSV）", "Download the record (CSV)"),
    "plan_why": Text("本次保存的理由（可不填）", "Why (may be left empty)"),
}  # fmt: skip
