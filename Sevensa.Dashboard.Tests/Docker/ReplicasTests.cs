using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>The second dashboard's files fit to the first one's.</summary>
public class ReplicasTests
{
    private static string Read(string file) => File.ReadAllText(Path.Combine(ComposeFile.Folder, file));

    [Fact]
    public void Traefik_knows_both_and_is_otherwise_the_same()
    {
        var one = Read("traefik/dynamic/dashboard.yaml").Split('\n');
        var two = Read("traefik/replicas.yaml").Split('\n').Skip(1);
        var other = one.Zip(two).Where(pair => pair.First != pair.Second && !IsComment(pair.First)).ToList();
        Assert.Equal(2, other.Count);
        var (before, after) = other[0];
        Assert.Contains("http://dashboard:8080", before, StringComparison.Ordinal);
        Assert.Contains("http://dashboard:8080", after, StringComparison.Ordinal);
        Assert.Contains("http://dashboard-2:8080", after, StringComparison.Ordinal);
        // One that drains is there, and is to be led to no more.
        Assert.Contains("path: /healthz", other[1].First, StringComparison.Ordinal);
        Assert.Contains("path: \"/readyz?for=requests\"", other[1].Second, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_drains_for_longer_than_Traefik_needs_to_notice_and_is_not_killed_meanwhile()
    {
        var compose = Read("compose.replicas.yaml");
        var drains = Seconds(compose, @"Platform__DrainSeconds: (\d+)").Single();
        var asked = Seconds(Read("traefik/replicas.yaml"), @"[ {]interval: (\d+)s").Single();
        var patience = Seconds(Read("traefik/replicas.yaml"), @"timeout: (\d+)s").Single();
        Assert.InRange(asked + patience, 1, drains);
        // What is being done then has eight seconds more.
        Assert.All(Seconds(compose, @"stop_grace_period: (\d+)s"), grace => Assert.InRange(grace, drains + 9, 300));
        Assert.Equal(2, Seconds(compose, @"stop_grace_period: (\d+)s").Count);
    }

    private static bool IsComment(string line) => line.TrimStart().StartsWith('#');

    private static List<int> Seconds(string text, string pattern) =>
        [
            .. Regex
                .Matches(text, pattern)
                .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)),
        ];

    [Fact]
    public void Both_share_the_key_file_and_a_Redis_that_nobody_else_reaches()
    {
        var services = ComposeFile.Parse(Read("compose.replicas.yaml")).Services;
        Assert.Contains("dashboard-data:/first", services["dashboard-2"].Volumes);
        Assert.Equal(
            ["dashboard", "dashboard-2", "redis"],
            services.Values.Where(service => service.Networks.Contains("news")).Select(service => service.Name).Order()
        );
        Assert.Equal(["news"], services["redis"].Networks);
        Assert.Empty(services["redis"].Ports);
        Assert.Contains("random redis_password", Read("make-secrets"), StringComparison.Ordinal);
    }
}
