using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Portal.Components;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Portal;

/// <summary>What a tenant's own people are told of their databases.</summary>
public class ClientIsolationTests
{
    private static readonly Tenant Witcom = new("witcom", "Witcom", "#c2410c", ["psra-api"], [], 500, 0.999);

    [Theory]
    [InlineData(true, "every table came back with its rows")]
    [InlineData(false, "did not bring back everything")]
    public async Task What_the_last_restore_came_to_is_told_and_nothing_where_none_was_tried(bool whole, string words)
    {
        var shown = await ShownAsync(new RestoreEvidence(DateTimeOffset.UnixEpoch, whole));
        Assert.Contains(words, shown, StringComparison.Ordinal);
        Assert.DoesNotContain("backup", await ShownAsync(null), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> ShownAsync(RestoreEvidence? evidence)
    {
        await using var page = UiContext.Create().Page;
        var restores = Substitute.For<IRestoreEvidence>();
        restores.OfAsync(null!, null!, default).ReturnsForAnyArgs(evidence);
        page.Services.AddSingleton(restores);
        page.Services.AddSingleton(Substitute.For<IIsolationEvidence>());
        page.Services.AddSingleton(Substitute.For<ITenantScopes>());
        page.Services.AddSingleton(Substitute.For<ICurrentCaller>());
        return page.Render<ClientIsolation>(p => p.Add(x => x.Tenant, Witcom)).Markup;
    }
}
