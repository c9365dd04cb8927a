namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// What a container's labels say of the secrets that it uses, read in one way by who plans and by who hands them out:
/// <c>sevensa.secret.NAME=PATH</c>, and beside it <c>sevensa.secret.NAME.on-change</c> with <c>restart</c> (the usual),
/// <c>signal:HUP</c> or <c>none</c>.
/// </summary>
public static class SecretLabels
{
    /// <summary>It is restarted to use a new value.</summary>
    public const string Restart = "restart";

    /// <summary>It reads the secret again by itself.</summary>
    public const string None = "none";

    /// <summary>How the label of one secret begins.</summary>
    public const string Prefix = "sevensa.secret.";

    /// <summary>How the label ends that says what follows a new value.</summary>
    public const string OnChange = ".on-change";

    private const string Signal = "signal:";

    /// <summary>Those that programs take for "read your files again"; none that ends one by itself.</summary>
    private static readonly string[] sent = ["HUP", "USR1", "USR2"];

    /// <summary>
    /// The label that names this secret, and what it asks for when there is a new value; null where none names it. Of several the
    /// one that asks for the most holds: who is to be restarted for one of its uses is not left running for another.
    /// </summary>
    /// <param name="path">Below the tenant, or one of Vault's database engine.</param>
    public static SecretLabel? Of(ContainerFacts facts, string path) =>
        facts
            .Labels.Where(label =>
                label.Key.StartsWith(Prefix, StringComparison.Ordinal)
                && !label.Key.EndsWith(OnChange, StringComparison.Ordinal)
                && label.Value.Trim().Trim('/') == path
            )
            .Select(label => new SecretLabel(label.Key, Asked(facts.Labels.GetValueOrDefault(label.Key + OnChange))))
            .OrderBy(label =>
                label.Asked switch
                {
                    Restart => 0,
                    None => 2,
                    _ => 1,
                }
            )
            .ThenBy(label => label.Name, StringComparer.Ordinal)
            .FirstOrDefault();

    /// <summary>Which signal is asked for; null where none is.</summary>
    public static string? SignalOf(string asked) =>
        asked.StartsWith(Signal, StringComparison.Ordinal) ? asked[Signal.Length..] : null;

    /// <summary>
    /// What follows a new value: what is asked for, and a restart where that is a signal which nobody would send.
    /// </summary>
    /// <param name="hasFiles">It has the secret's files mounted from its host's runner, who sends the signal.</param>
    public static string FollowsOf(ContainerFacts facts, SecretLabel label, bool hasFiles) =>
        SignalOf(label.Asked) is { } signal && (!hasFiles || WhyNotSent(signal, facts) is not null)
            ? Restart
            : label.Asked;

    /// <summary>
    /// Why a signal is not sent to this container, and what to do; null where nothing that is known tells against it. The engine takes
    /// a signal that is sent through it for a wish to stop the container where it knows no other stop signal of it, and does not
    /// restart it after its next end; and with unless-stopped not after the engine's own restart, whatever its stop signal.
    /// </summary>
    public static string? WhyNotSent(string signal, ContainerFacts facts) =>
        WhyNotSent(signal, facts, facts.Settings?.StopSignal);

    /// <param name="stop">The container's stop signal; empty where it names none, null where that is not known.</param>
    public static string? WhyNotSent(string signal, ContainerFacts facts, string? stop) =>
        !sent.Contains(signal) ? $"only {string.Join(", ", sent)} are sent, and {signal} is none of them"
        : facts.RestartPolicy is "" or "no" ? null
        : facts.RestartPolicy == "unless-stopped"
            ? "with restart: unless-stopped Docker would not start it any more after its own restart; write restart: always"
        : stop is not null && (stop.Length == 0 || Bare(stop) == signal)
            ? $"Docker would take it for a stop and not restart {facts.Name} after its next end; write stop_signal: SIGTERM"
        : null;

    private static string Bare(string signal) =>
        signal.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? signal[3..] : signal;

    private static string Asked(string? said) =>
        said?.Trim() switch
        {
            None => None,
            { } wish when wish.StartsWith(Signal, StringComparison.Ordinal) => wish,
            _ => Restart,
        };
}

/// <param name="Name">Of the label, <c>sevensa.secret.database</c>.</param>
/// <param name="Asked"><c>restart</c>, <c>none</c>, or <c>signal:</c> with whatever stands behind it.</param>
public sealed record SecretLabel(string Name, string Asked);
