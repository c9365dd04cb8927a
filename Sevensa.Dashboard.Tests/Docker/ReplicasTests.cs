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
        var (before, after) = Assert.Single(one.Zip(two), pair => pair.First != pair.Second);
        Assert.Contains("http://dashboard:8080", before, StringComparison.Ordinal);
        Assert.Contains("http://dashboard:8080", after, StringComparison.Ordinal);
        Assert.Contains("http://dashboard-2:8080", after, StringComparison.Ordinal);
    }

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
