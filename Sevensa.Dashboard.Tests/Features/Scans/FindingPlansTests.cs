using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>By which index SQLite finds the first page of each filter: half a million findings are not read for it.</summary>
public class FindingPlansTests
{
    private const string InOrder = "IX_Findings_Severity_Urgency_Vulnerability_Package_Id";
    private const string ByUrgency = "IX_Findings_Urgency_Vulnerability_Package_Id";
    private const string OfKinds = "IX_Findings_Kind_Urgency_Vulnerability_Package_Id";
    private const string OfAccepted = "IX_Findings_Until";
    private const string OfSuppressed = "IX_Findings_Presence";
    private const string OfNotAffected = "IX_Findings_Justification";
    private const string OfVulnerabilities = "IX_Findings_Vulnerability_ImageId";
    private const string ByAge = "IX_Findings_Severity_Exploited_OpenSince_Id";
    private const string OfImages = "IX_Findings_ImageId_Severity_OpenSince";
    private const string OfExploited = "IX_Findings_Severity_OpenSince_Id";
    private const string OfOwners = "IX_Findings_OwnerId_Severity";

    [Theory]
    [InlineData(null, null, null, false, false, InOrder)]
    [InlineData(null, "Open", null, false, false, InOrder)]
    [InlineData(null, "Open", "Low", false, false, InOrder)]
    [InlineData(null, "Accepted", "Low", false, false, OfAccepted)]
    [InlineData(null, "NotAffected", null, false, false, OfNotAffected)]
    [InlineData(null, "Suppressed", null, false, false, OfSuppressed)]
    [InlineData(null, null, null, true, false, ByAge)]
    [InlineData(null, "Open", null, false, true, ByAge)]
    [InlineData(null, null, "me", false, false, OfOwners)]
    [InlineData("rentguy", null, null, false, false, OfImages)]
    [InlineData("rentguy", "Open", "Low", false, false, OfImages)]
    [InlineData("rentguy", "Accepted", "Low", false, false, OfImages)]
    [InlineData("rentguy", null, null, true, false, OfImages)]
    [InlineData("rentguy", "Open", "me", false, false, OfOwners)]
    public async Task The_first_page_is_found_by_an_index(
        string? tenant,
        string? state,
        string? severityOrOwner,
        bool overdue,
        bool byDue,
        string index
    )
    {
        await using var shop = ScanShop.Open();
        var (connection, lists) = await AskedAsync(
            shop,
            new FindingFilter(
                tenant,
                Enum.TryParse<Severity>(severityOrOwner, out var severity) ? severity : null,
                state is null ? null : Enum.Parse<FindingState>(state),
                null,
                severityOrOwner == "me" ? "me" : null,
                overdue,
                byDue ? FindingOrder.Due : FindingOrder.Severity
            )
        );
        Assert.NotEmpty(lists);
        foreach (var list in lists)
        {
            var plan = await PlanAsync(connection, list);
            Assert.True(
                plan.Contains(index, StringComparison.Ordinal) || plan.Contains(OfExploited, StringComparison.Ordinal),
                plan
            );
            // In the order of an index of all images nothing is sorted.
            if (index == InOrder)
            {
                Assert.DoesNotContain("TEMP B-TREE", plan, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(null, null, null, ByUrgency)]
    [InlineData(null, "Low", null, InOrder)]
    [InlineData(null, null, "Secret", OfKinds)]
    [InlineData(null, null, "CVE-2030-1", OfVulnerabilities)]
    [InlineData("rentguy", null, null, OfImages)]
    [InlineData("rentguy", "Low", null, OfImages)]
    public async Task In_the_order_of_priority_each_part_is_found_by_an_index(
        string? tenant,
        string? severity,
        string? kindOrVulnerability,
        string index
    )
    {
        await using var shop = ScanShop.Open();
        FindingKind? kind = Enum.TryParse<FindingKind>(kindOrVulnerability, out var of) ? of : null;
        var (connection, lists) = await AskedAsync(
            shop,
            new FindingFilter(
                tenant,
                severity is null ? null : Enum.Parse<Severity>(severity),
                FindingState.Open,
                kind,
                Order: FindingOrder.Priority
            )
            {
                Vulnerability = kind is null ? kindOrVulnerability : null,
            }
        );
        var plans = new List<string>();
        foreach (var list in lists)
        {
            plans.Add(await PlanAsync(connection, list));
        }
        Assert.Contains(plans, plan => plan.Contains(index, StringComparison.Ordinal));
        // No part of it reads everything.
        Assert.All(
            plans,
            plan =>
                Assert.DoesNotContain(
                    plan.Split('\n'),
                    line =>
                        line.StartsWith("SCAN f", StringComparison.Ordinal)
                        && !line.Contains(ByUrgency, StringComparison.Ordinal)
                        && !line.Contains(OfExploited, StringComparison.Ordinal)
                )
        );
    }

    [Fact]
    public async Task A_tenant_that_has_most_of_all_images_is_read_in_the_order_of_all()
    {
        await using var shop = ScanShop.Open();
        for (var number = 0; number <= FindingsAsked.FewImages; number++)
        {
            var digest = ScanShop.NewDigest();
            shop.Run("rentguy", $"s{number}", digest);
            await shop.ScanAsync(digest, ($"CVE-2030-{number}", "HIGH"));
        }
        var (connection, lists) = await AskedAsync(shop, new FindingFilter("rentguy", Order: FindingOrder.Priority));
        var plans = new List<string>();
        foreach (var list in lists)
        {
            plans.Add(await PlanAsync(connection, list));
        }
        Assert.Contains(
            plans,
            plan =>
                plan.Contains(ByUrgency, StringComparison.Ordinal)
                && !plan.Contains("TEMP B-TREE FOR ORDER BY", StringComparison.Ordinal)
        );
        // With the one that was asked for first.
        Assert.Equal(
            FindingsAsked.FewImages + 2,
            (await shop.FindingsAsync(new FindingFilter("rentguy", Order: FindingOrder.Priority))).Count
        );
    }

    /// <summary>What is asked of the store for one page.</summary>
    private static async Task<(string Connection, List<string> Lists)> AskedAsync(Workshop shop, FindingFilter filter)
    {
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, ("CVE-2030-1", "HIGH"));
        await using var store = shop.Services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContext();
        var connection = store.Database.GetConnectionString()!;
        var asked = new List<string>();
        using (StoreQuestions.Listen(new SqliteConnectionStringBuilder(connection).DataSource, asked.Add))
        {
            await shop.FindingsAsync(filter);
        }
        return (connection, [.. asked.Where(text => text.Contains("\"Findings\"", StringComparison.Ordinal))]);
    }

    private static async Task<string> PlanAsync(string connection, string text)
    {
        await using var sqlite = new SqliteConnection(connection);
        await sqlite.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = sqlite.CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN {text}";
        foreach (var name in Regex.Matches(text, @"@\w+").Select(match => match.Value).Distinct())
        {
            command.Parameters.AddWithValue(name, DBNull.Value);
        }
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var lines = new List<string>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            lines.Add(rows.GetString(3));
        }
        return string.Join('\n', lines);
    }
}
