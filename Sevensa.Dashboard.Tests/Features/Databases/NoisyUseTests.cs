using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Who takes so much of a shared instance that the others feel it.</summary>
public class NoisyUseTests
{
    private const long Gibibyte = (1L << 30) / 8192;

    private static readonly RoleLoad others = new("witcom_app", 100, 10, Gibibyte, Gibibyte);

    [Theory]
    [InlineData(900, 0, 0, 5, "90 % of the statements' time")]
    [InlineData(0, 3 * Gibibyte, 0, 5, "75 % of what is read from outside the buffers")]
    [InlineData(0, 0, 9 * Gibibyte, 5, "90 % of what goes through temporary files")]
    [InlineData(0, 0, 0, 60, "60 of 97 connections")]
    [InlineData(90, Gibibyte, Gibibyte, 48, "")]
    public void What_it_takes_more_of_than_all_others_is_told(
        double seconds,
        long read,
        long spilt,
        int connections,
        string takes
    )
    {
        var load = new RoleLoad("rentguy_app", seconds, 1, read, spilt);
        Assert.Equal(takes, string.Join(", ", NoisyUse.Of(Facts([load, others]), load.Role, load, connections)));
    }

    [Fact]
    public void Half_of_next_to_nothing_is_no_finding_and_without_statistics_connections_alone_count()
    {
        var little = new RoleLoad("rentguy_app", 50, 1, 100, 100);
        Assert.Empty(NoisyUse.Of(Facts([little]), little.Role, little, 1));
        Assert.Equal(["90 of 97 connections"], NoisyUse.Of(Facts(null), "rentguy_app", null, 90));
        var suggested = NoisyUse.Suggest(Facts(null), "rentguy_app", null, 0, 90);
        Assert.Null(suggested.Statement);
        Assert.Contains("90 of 100 connections more", suggested.Suggestion, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_heaviest_statement_and_what_a_move_would_free_are_told()
    {
        var load = new RoleLoad("rentguy_app", 900, 2, 0, 0);
        var facts = Facts([load, others]) with
        {
            Statements =
            [
                new("witcom_app", "shared", "select 1", 1, 99, 1, 1, 0, 0),
                new("rentguy_app", "shared", "select heavy", 1, 600, 1, 1, 0, 0),
                new("rentguy_app", "shared", "select light", 1, 300, 1, 1, 0, 0),
            ],
        };
        var found = NoisyUse.Suggest(facts, load.Role, load, 0.9, 7);
        Assert.Equal(("select heavy", 600 / 900d), (found.Statement, found.StatementShare));
        Assert.Equal((0.9, 7), (found.FreedShare, found.FreedConnections));
        Assert.Contains("the 90 % of the time", found.Suggestion, StringComparison.Ordinal);
    }

    private static InstanceFacts Facts(IReadOnlyList<RoleLoad>? loads) =>
        new(
            default,
            new ServerFacts("15.18", 150018, false, false, default, 100, 3, true, null, null),
            [],
            [],
            [],
            [],
            null,
            loads,
            [],
            [],
            null,
            []
        );
}
