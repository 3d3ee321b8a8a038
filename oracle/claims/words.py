"""What a node says of its own observation, in English and Chinese. No name, no bill, no diagnosis: files are numbered
in the order of the manifest, and exclusions are named by their clause."""

from typing import Final

Words = tuple[str, str]

CLUES: Final[dict[str, Words]] = {
    "EDITED_AFTER_ISSUE": ("File {file} was changed after its date.", "文件{file}在其日期之后被修改过。"),
    "IMAGE_EDITOR": (
        "File {file} was made or saved with a program for editing pictures.",
        "文件{file}由图像编辑软件制作或保存。",
    ),
    "TOTALS_DISAGREE": ("The figures of file {file} do not add up.", "文件{file}中的金额不一致。"),
    "CHECK_DIGIT_WRONG": ("A number in file {file} fails its check digit.", "文件{file}中的号码未通过校验位检验。"),
    "BEFORE_COVER": ("File {file} is dated before the cover began.", "文件{file}的日期早于保险责任开始日。"),
    "BEFORE_LOSS": ("File {file} is dated before the loss.", "文件{file}的日期早于出险日。"),
    "AFTER_NOTICE": ("File {file} is dated after the notice.", "文件{file}的日期晚于报案日。"),
    "PROVENANCE_BROKEN": (
        "File {file} carries a signed account of its origin (C2PA) that no longer fits it.",
        "文件{file}带有来源签名记录（C2PA），但与文件内容不符。",
    ),
    "LOOKS_ALIKE": (
        "A picture in file {file} looks like one of another claim.",
        "文件{file}中的图片与其他理赔案件中的图片高度相似。",
    ),
    "SAVED_AGAIN": (
        "File {file} was saved more than once on top of itself. Signing does that as well.",
        "文件{file}被多次增量保存。电子签名也会产生这种情况。",
    ),
    "ACTIVE_CONTENT": (
        "File {file} holds parts that would act when opened. None was run.",
        "文件{file}含有打开时会执行的内容，均未执行。",
    ),
}
"""By code of `oracle.evidence.clue_words`."""

FRAUD: Final[dict[str, Words]] = {
    "invoice-in-other-claim": ("A bill was already handed in with another claim.", "有发票已在其他理赔案件中提交过。"),
    "invoice-twice": ("A bill is handed in twice.", "有发票被重复提交。"),
    "above-history": ("The claim is far above earlier claims.", "索赔金额明显高于此前的理赔。"),
    "many-claims": ("There were several earlier claims.", "此前有多次理赔。"),
}
"""Fraud clues whose own words tell of bills or of earlier claims; all others tell only what is on chain."""

LINES: Final[Words] = ("{count} lines of bills: {why}.", "{count}行票据明细：{why}。")
EXCLUSION: Final[Words] = ("The evidence touches clause {clause}, an exclusion.", "材料涉及除外责任条款{clause}。")
EARLIER: Final[Words] = (
    "{count} earlier claims could not be compared, as their evidence could not be had yet.",
    "尚有{count}件较早的理赔案件因材料未能取得而未作比对。",
)

UNOBSERVED: Final[dict[str, Words]] = {
    "claim": ("The claim cannot be assessed by this node.", "本节点无法评估该理赔案件。"),
    "claim.not_waiting": ("The claim no longer waits for a report.", "该理赔案件已不再等待报告。"),
    "chain": ("The chain gave no answer.", "区块链未响应。"),
    "evidence": ("The evidence could not be had, or is not what was notified.", "材料无法取得，或与报案时不符。"),
    "earlier": (
        "This node is still reading the evidence of earlier claims, and says nothing before.",
        "本节点仍在读取较早理赔案件的材料，此前不作认定。",
    ),
    "statement": ("The insurer's statement is missing or malformed.", "保险公司的案件说明缺失或格式有误。"),
    "reading": ("A file could not be read on this machine.", "有文件未能在本机读取。"),
    "loss": (
        "No loss can be stated from the evidence; a person has to look.",
        "无法根据材料认定损失，须由工作人员处理。",
    ),
    "nullifiers": ("The incident cannot be named for the register.", "无法为登记簿标识该事故。"),
    "facts": ("A figure of the claim cannot be true.", "案件中有数据不可能成立。"),
}
"""By field of `Unobserved`, or its part before the dot."""
