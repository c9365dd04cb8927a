using System.Globalization;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>How each service writes: JSON, logfmt or plain text, with the figures of the moment.</summary>
internal static class LogVoices
{
    public static string Render(in LogMoment m, string level) =>
        m.Profile.Voice switch
        {
            LogVoice.Traefik => PlatformVoices.Traefik(m, level),
            LogVoice.Manager => PlatformVoices.Manager(m, level),
            LogVoice.ClaudeChat => PlatformVoices.ClaudeChat(m, level),
            LogVoice.LangGraph => PlatformVoices.LangGraph(m, level),
            LogVoice.N8n => PlatformVoices.N8n(m, level),
            LogVoice.Postgres => PlatformVoices.Postgres(m, level),
            LogVoice.Web => TenantVoices.Web(m, level),
            LogVoice.RentGuyWorker => TenantVoices.RentGuyWorker(m, level),
            LogVoice.CertificateWorker => TenantVoices.CertificateWorker(m, level),
            LogVoice.PsraApi => TenantVoices.PsraApi(m, level),
            _ => TenantVoices.RentGuyApi(m, level),
        };

    /// <summary>The line of a container's life, or null for an ordinary one.</summary>
    public static string? LifeMessage(in LogMoment m) =>
        m.Kind switch
        {
            LogKind.Starting => $"starting {m.Profile.Service} {Version(m.Container.ImageName)}",
            LogKind.Listening => m.Profile.RequestsPerSecond > 0
                ? $"listening on port {m.Profile.Port.Inside}"
                : "ready, waiting for work",
            LogKind.Stopping => "received SIGTERM, shutting down",
            LogKind.Crashing => "unhandled failure, terminating",
            _ => null,
        };

    /// <summary>A line of JSON with the usual members; <paramref name="more"/> is JSON members already.</summary>
    public static string JsonLine(in LogMoment m, string level, string message, string more = "") =>
        $"{{\"time\":\"{Time(m.Time)}\",\"level\":\"{level}\",\"msg\":{Quoted(message)}"
        + (more.Length > 0 ? "," + more : "")
        + $",\"trace_id\":\"{Trace(m)}\"}}";

    public static string Logfmt(in LogMoment m, string level, string message, string more = "") =>
        $"ts={Time(m.Time)} level={level} msg={Quoted(message)}" + (more.Length > 0 ? " " + more : "");

    public static string Quoted(string text) =>
        "\""
        + text.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
        + "\"";

    public static string Time(double t) =>
        DateTimeOffset
            .FromUnixTimeMilliseconds((long)(t * 1000))
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static int Milliseconds(in LogMoment m, double unit) =>
        Math.Max(1, (int)(m.Behaviour.Draw(unit, m.Time) * 1000));

    public static string Trace(in LogMoment m) => m.Seed.ToString("x16", CultureInfo.InvariantCulture);

    public static int Number(in LogMoment m, int salt, int from, int to) => from + Noise.Pick(m.Seed, salt, to - from);

    public static T Choose<T>(in LogMoment m, int salt, params ReadOnlySpan<T> of) =>
        of[Noise.Pick(m.Seed, salt, of.Length)];

    private static string Version(string image) => image[(image.LastIndexOf(':') + 1)..];
}
