using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Audit;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Audit;

/// <summary>Whoever is refused can't make the record grow at will.</summary>
public sealed class SummedRefusalsTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task Refusals_beyond_a_number_are_one_row_that_says_how_many()
    {
        var store = app.Services.GetRequiredService<AuditStore>();
        var time = new FakeTimeProvider();
        var record = new SummedRefusals(store, [], time, NullLogger<SummedRefusals>.Instance);
        var actor = new AuditActor("client", "noisy", "Noisy");
        for (var number = 0; number < SummedRefusals.Most + 70; number++)
        {
            await record.AppendAsync(
                new AuditEntry(actor, "access.refused", Target: $"POST /api/v1/{number}", Outcome: AuditOutcome.Refused)
            );
        }
        // What is done is never summed up.
        await record.AppendAsync(new AuditEntry(actor, "proposal.created"));
        Assert.Equal(SummedRefusals.Most + 1, (await RowsAsync()).Count);
        await record.StopAsync(CancellationToken.None);
        var rows = await RowsAsync();
        Assert.Equal(SummedRefusals.Most + 2, rows.Count);
        Assert.Contains("70 more", rows[0].Detail, StringComparison.Ordinal);
        Assert.Equal("access.refused", rows[0].Action);

        Task<IReadOnlyList<AuditRow>> RowsAsync() =>
            store.ListAsync(new AuditReader(true, []), new AuditFilter(Actor: "noisy"), 500, CancellationToken.None);
    }

    [Fact]
    public async Task A_client_that_is_refused_hundreds_of_times_leaves_tens_of_rows()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        for (var number = 0; number < 200; number++)
        {
            using var refused = await viewer.DeleteAsync($"/api/v1/people/nobody-{number}");
            Assert.True(refused.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.MethodNotAllowed);
            using var stranger = await viewer.PostAsync($"/api/v1/people/nobody-{number}/disable", null);
            Assert.Equal(HttpStatusCode.Forbidden, stranger.StatusCode);
        }
        using var admin = await app.ApiAsAsync("admin");
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=access.refused&limit=500");
        Assert.InRange(
            rows.GetProperty("items")
                .EnumerateArray()
                .Count(row => row.GetProperty("actor").GetProperty("id").GetString() == "sandbox-person-viewer"),
            1,
            // The minute may turn while they come.
            3 * (SummedRefusals.Most + 1)
        );
    }
}
