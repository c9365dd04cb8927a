using Sevensa.Dashboard.Features.Audit;

namespace Sevensa.Dashboard.Tests.Features.Audit;

public sealed class AuditWordsTests
{
    [Theory]
    [InlineData("proposal.approved", "Proposal approved")]
    [InlineData("signin.failed", "Sign-in failed")]
    [InlineData("portal.link-created", "Portal link created")]
    [InlineData("sessions.ended", "All sessions ended")]
    [InlineData("release.told", "Release recorded")]
    [InlineData("runner.tokenIssued", "Runner token issued")]
    [InlineData("apiClient.allowed", "API client allowed")]
    [InlineData("actionKey.rotated", "Action key rotated")]
    [InlineData("secret.handOver", "About to hand a secret over")]
    [InlineData("secret.handedOver", "Secret handed over")]
    [InlineData("action.step.done", "Step of an action done")]
    [InlineData("rule-of-two", "rule-of-two")]
    [InlineData("alert-rule.save", "Alert rule save")]
    public void A_rows_action_is_told_in_words(string action, string words) =>
        Assert.Equal(words, AuditWords.Of(action));
}
