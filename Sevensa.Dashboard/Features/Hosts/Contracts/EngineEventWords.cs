namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>What Docker told of a container, for people: its own words are those of programs.</summary>
public static class EngineEventWords
{
    /// <summary>As it stands behind the container's name: "is unhealthy", "ended (exit code 137)".</summary>
    public static string Words(this EngineEvent told)
    {
        string? Said(string name) => told.Attributes.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
        return told.Action switch
        {
            "create" => "was created",
            "start" => "started",
            "restart" => "was restarted",
            "stop" => "was stopped",
            "die" => Said("exitCode") is { } code ? $"ended (exit code {code})" : "ended",
            "oom" => "was out of memory",
            "kill" => Said("signal") is { } signal ? $"was sent the signal {signal}" : "was sent a signal",
            "destroy" => "was removed",
            "pause" => "was paused",
            "unpause" => "goes on",
            "rename" => "was renamed",
            "update" => "got other limits",
            "health_status" => Said("health") is { } health ? $"is {health}" : "was checked",
            var other => other.Replace('_', ' ').Replace('-', ' '),
        };
    }
}
