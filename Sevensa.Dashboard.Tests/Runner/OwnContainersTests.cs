using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>Which containers are the product's own.</summary>
public class OwnContainersTests
{
    [Theory]
    [InlineData("12:devices:/docker/59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9")]
    [InlineData("0::/system.slice/docker-59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9.scope")]
    [InlineData(
        "653 648 8:1 /var/lib/docker/containers/59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9/hostname /etc/hostname rw"
    )]
    public void The_runner_knows_the_container_it_runs_in(string text)
    {
        var id = OwnContainers.IdFrom(text);
        Assert.Equal("59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9", id);
        Assert.Equal("runner", new OwnContainers(id).RoleOf(id!, null));
        Assert.Equal(
            "dashboard",
            new OwnContainers(null).RoleOf("x", new Dictionary<string, string> { ["sevensa.role"] = "dashboard" })
        );
        Assert.Null(OwnContainers.IdFrom("0::/init.scope"));
        // As a host sees the shared memory of a container that lets others use it.
        Assert.Null(
            OwnContainers.IdFrom(
                "702 29 0:61 / /var/lib/docker/containers/59c2b0f4d8eb68525a825633d6f28a9be7cb014fc93533345828e6b2b04bb9b9/mounts/shm rw,nosuid - tmpfs shm rw"
            )
        );
    }
}
