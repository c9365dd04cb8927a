using Bunit;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Beside the words that refuse something to a session in doubt stands the way to end that.</summary>
public sealed class ProveLinkTests
{
    [Fact]
    public async Task It_leads_to_the_account_beside_a_doubt_and_nowhere_beside_other_words()
    {
        await using var page = UiContext.Create().Page;
        var link = page.Render<ProveLink>(given =>
            given.Add(one => one.Beside, $"{StepUpDoor.Beginning} They came by night.")
        );
        Assert.Equal("me", link.Find("a").GetAttribute("href"));
        foreach (var words in new[] { null, "", "There is no such tenant." })
            Assert.Empty(page.Render<ProveLink>(given => given.Add(one => one.Beside, words)).FindAll("a"));
    }
}
