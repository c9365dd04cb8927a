using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>
/// Which signal a container wants when its files change, and whether it may have it. The engine takes a signal that is sent through
/// it for a wish to stop the container where it knows no other stop signal of it, and does not restart it after its next end; and
/// with unless-stopped not after the engine's own restart, whatever its stop signal.
/// </summary>
internal static class SignalRule
{
    private const string Prefix = "sevensa.secret.";
    private const string OnChange = ".on-change";
    private const string Signal = "signal:";

    /// <summary>Those that programs take for "read your files again"; none that ends one by itself.</summary>
    private static readonly string[] Allowed = ["HUP", "USR1", "USR2"];

    /// <summary><c>HUP</c> of <c>signal:HUP</c>; null where its labels ask for none.</summary>
    public static string? Of(ContainerFacts facts, HandedSecret secret) =>
        facts
            .Labels.Where(label =>
                label.Key.StartsWith(Prefix, StringComparison.Ordinal)
                && !label.Key.EndsWith(OnChange, StringComparison.Ordinal)
                && label.Value.Trim().Trim('/') == secret.Path
            )
            .Select(label => facts.Labels.GetValueOrDefault(label.Key + OnChange)?.Trim())
            .FirstOrDefault(wish => wish?.StartsWith(Signal, StringComparison.Ordinal) == true)
            ?[Signal.Length..];

    /// <summary>Why it is not sent, and what to do; null when it is.</summary>
    /// <param name="described">Docker's inspect of the container.</param>
    public static string? WhyNot(string signal, ContainerFacts facts, JsonObject described)
    {
        if (!Allowed.Contains(signal))
        {
            return $"only {string.Join(", ", Allowed)} are sent, and {signal} is none of them";
        }
        var stop = (string?)described["Config"]?["StopSignal"] ?? "";
        return facts.RestartPolicy switch
        {
            "" or "no" => null,
            "unless-stopped" =>
                "with restart: unless-stopped Docker would not start it any more after its own restart; write restart: always",
            _ when stop.Length == 0 || Name(stop) == signal =>
                $"Docker would take it for a stop and not restart {facts.Name} after its next end; write stop_signal: SIGTERM",
            _ => null,
        };
    }

    private static string Name(string signal) =>
        signal.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? signal[3..] : signal;
}
