using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Tests.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>
/// Sentences that others wrote for assistants of operations, nobody of them for this console: what is wanted, of what, of
/// when. What they name is no part of this fleet and has to be said so; what can't be done here has to be refused.
/// </summary>
public sealed class NlOpsTests(ITestOutputHelper output)
{
    /// <summary>By the set's own words for what is wanted, what counts as read rightly.</summary>
    private static readonly Dictionary<string, WishKind[]> Right = new()
    {
        ["read.count"] = [WishKind.Running],
        ["explain.command"] = [WishKind.Beyond],
        ["diagnose"] = [WishKind.Why],
        ["diagnose.detect"] = [WishKind.Why],
        ["diagnose.rca"] = [WishKind.Why],
        ["read.logs+diagnose"] = [WishKind.Why, WishKind.Logs],
        ["read.logs"] = [WishKind.Logs],
        ["read.metrics"] = [WishKind.Figure],
        ["read.metrics+diagnose"] = [WishKind.Why],
        ["read.logs.timerange"] = [WishKind.Logs],
        ["read.logs.filter.empty"] = [WishKind.Logs],
        ["clarify"] = [WishKind.Logs],
        ["config.flag.disable+container.restart"] = [WishKind.Restart],
        ["deploy.rollback"] = [WishKind.Rollback],
        ["config.edit"] = [WishKind.Beyond],
        ["no_fault/observe"] = [WishKind.Status, WishKind.Running],
        ["container.copy_in"] = [WishKind.Beyond],
        ["read.host.top"] = [WishKind.Beyond],
        ["refuse.destructive"] = [WishKind.Beyond],
        ["out_of_scope"] = [WishKind.Beyond],
        ["container.list.filter"] = [WishKind.Running],
        ["image.list.digests"] = [WishKind.Running],
    };

    /// <summary>What they name, one of the words; nothing for those that name nothing.</summary>
    private static readonly Dictionary<string, string[]> Targets = new()
    {
        ["nl-001"] = ["test-1"],
        ["nl-003"] = ["app-03", "grafana"],
        ["nl-005"] = ["customer-orders"],
        ["nl-007"] = ["payment-api", "app-100a"],
        ["nl-009"] = ["deep-diver", "app-103"],
        ["nl-011"] = ["api-server", "app-107"],
        ["nl-013"] = ["app-124"],
        ["nl-017"] = ["analytics-exporter-fast"],
        ["nl-019"] = ["app.example.com"],
        ["nl-023"] = ["robusta-holmes-7bfb7f85b7-2w9ck"],
        ["nl-025"] = ["test-60"],
        ["nl-027"] = ["user-api", "staging-63"],
        ["nl-029"] = ["web-app", "namespace-77"],
    };

    private static readonly Dictionary<string, string> Times = new()
    {
        ["nl-007"] = "2025-08-02T13:30",
        ["nl-023"] = "2026-11-19T00:00",
        ["nl-031"] = "2026-11-25T13:00",
    };

    [Fact]
    public void Most_are_read_with_the_right_wish_target_and_time()
    {
        var right = 0;
        var all = 0;
        foreach (var row in PublicDatasets.Lines("nl-ops/commands.jsonl"))
        {
            all++;
            var (id, said) = (row.GetProperty("id").GetString()!, row.GetProperty("text").GetString()!);
            var read = WishReaderTests.Reader().Read(said);
            // What is not understood beside what is, is only told.
            var wishes = read.Any(IsHeard) ? read.Where(IsHeard).ToList() : read;
            var isRight =
                wishes.All(wish =>
                    !Right.TryGetValue(row.GetProperty("intent").GetString()!, out var kinds)
                        ? IsHeard(wish)
                        : kinds.Contains(wish.Kind)
                )
                && wishes.All(wish => wish.Tenant is null)
                && (!Targets.TryGetValue(id, out var named) || wishes.All(wish => named.Contains(wish.Stranger)))
                && (
                    !Times.TryGetValue(id, out var from)
                    || wishes.All(wish => $"{wish.When?.From?.UtcDateTime:yyyy-MM-ddTHH:mm}" == from)
                );
            right += isRight ? 1 : 0;
            if (!isRight)
            {
                output.WriteLine($"{id} {row.GetProperty("intent")}: {WishReaderTests.Meant(wishes)}");
            }
        }
        output.WriteLine($"{right} of {all}");
        Assert.True(right >= all * 8 / 10, $"{right} of {all} were read rightly.");
    }

    /// <summary>Whatever the set may want beside: no change may be taken from what is nobody's of this fleet.</summary>
    [Fact]
    public void No_change_of_this_fleet_is_read_from_any_of_them() =>
        Assert.All(
            PublicDatasets.Lines("nl-ops/commands.jsonl"),
            row =>
                Assert.DoesNotContain(
                    WishReaderTests.Reader().Read(row.GetProperty("text").GetString()!),
                    wish => wish is { Changes: true, Tenant: not null }
                )
        );

    private static bool IsHeard(Wish wish) => wish.Kind != WishKind.Unknown;
}
