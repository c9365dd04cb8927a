using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Audit;

/// <summary>The record's page names what it can and keeps the id where it is told.</summary>
[Collection(SandboxCollection.Name)]
public sealed class AuditTargetsTests(SandboxApp app)
{
    private const string Known = "0194f0c1d2e37f4a8b5c6d7e8f901234";
    private const string Forgotten = "0194f0c1d2e37f4a8b5c6d7e8f905678";

    [Fact]
    public async Task An_id_is_called_as_the_feature_calls_it_else_by_what_was_told_then()
    {
        var targets = new AuditTargets([new Source()]);
        var names = await targets.NamesAsync(
            [
                Row(1, Known, "irrelevant"),
                Row(2, Forgotten, "Certificates are late: opened"),
                Row(3, "rentguy-api-1", "a name already"),
                Row(4, null, "nothing"),
            ],
            TestContext.Current.CancellationToken
        );
        Assert.Equal(new AuditName("Restart rentguy-api-1", "/approvals/1"), names[Known]);
        Assert.Equal("Certificates are late: opened", names[Forgotten].Text);
        Assert.Equal(2, names.Count);
    }

    [Fact]
    public async Task A_proposal_in_the_record_is_a_link_with_its_title()
    {
        await app.FleetIsKnownAsync();
        using var operators = await app.ApiAsAsync("operator");
        using var made = await operators.PostAsync(
            new Uri("/api/v1/proposals", UriKind.Relative),
            JsonContent(
                """{"kind":"container.restart","tenant":"rentguy","target":"rentguy-web-1","parameters":{},"reason":"slow"}"""
            ),
            TestContext.Current.CancellationToken
        );
        var proposal = JsonDocument
            .Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))
            .RootElement;
        var id = proposal.GetProperty("id").GetString()!;
        var sources = app.Services.GetServices<IAuditNames>();
        var targets = new AuditTargets(sources);
        var names = await targets.NamesAsync([Row(1, id, "told")], TestContext.Current.CancellationToken);
        Assert.Equal($"/approvals/{id}", names[id].Href);
        Assert.Contains("rentguy-web-1", names[id].Text, StringComparison.Ordinal);
    }

    private static StringContent JsonContent(string text) => new(text, System.Text.Encoding.UTF8, "application/json");

    private static AuditRecord Row(long number, string? target, string detail) =>
        new(
            $"{number}",
            number,
            DateTimeOffset.UnixEpoch,
            new AuditActor("person", "p1", "Olga"),
            "proposal.created",
            "rentguy",
            target,
            AuditOutcome.Ok,
            detail,
            null,
            null,
            "",
            ""
        );

    private sealed class Source : IAuditNames
    {
        public Task<IReadOnlyDictionary<string, AuditName>> NamesAsync(
            IReadOnlyCollection<string> ids,
            CancellationToken cancellation
        ) =>
            Task.FromResult<IReadOnlyDictionary<string, AuditName>>(
                ids.Where(id => id == Known)
                    .ToDictionary(id => id, _ => new AuditName("Restart rentguy-api-1", "/approvals/1"))
            );
    }
}
