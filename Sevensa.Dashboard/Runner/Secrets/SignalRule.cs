using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>Whether a container may have the signal that it wants when its files change, by what Docker says of it now.</summary>
internal static class SignalRule
{
    /// <summary>Why it is not sent, and what to do; null when it is.</summary>
    /// <param name="described">Docker's inspect of the container.</param>
    public static string? WhyNot(string signal, ContainerFacts facts, JsonObject described) =>
        SecretLabels.WhyNotSent(signal, facts, (string?)described["Config"]?["StopSignal"] ?? "");
}
