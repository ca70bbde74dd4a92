package webhooks

// JudgeAddress judges whether something may be sent to an address.
var JudgeAddress = judgeAddress
