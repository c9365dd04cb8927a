using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Components;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>The catalogue as people choose from it.</summary>
[Collection(SandboxCollection.Name)]
public sealed class KindWordsTests(SandboxApp app)
{
    [Fact]
    public void Kinds_are_told_in_words_that_differ()
    {
        var told = ProposalText
            .Kinds(app.Services.GetRequiredService<ActionKinds>().All)
            .Select(one => one.Words)
            .ToList();
        Assert.Contains("Scale … (service)", told);
        Assert.Contains("Roll … back (tenant)", told);
        Assert.Equal(told.Count, told.Distinct().Count());
        Assert.All(told, words => Assert.DoesNotContain('.', words));
    }
}
