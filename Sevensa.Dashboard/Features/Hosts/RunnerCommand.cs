namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>What a person types on a host, with the token put into a file first.</summary>
internal static class RunnerCommand
{
    private const string TokenFile = "enrolment.token";

    /// <summary>The account that the image runs as (docker/Dockerfile).</summary>
    private const int ImageUser = 1654;

    private static string Version { get; } = typeof(RunnerCommand).Assembly.GetName().Version!.ToString(3);

    /// <summary>Takes the token from the keyboard, so that neither the shell's history nor the list of processes has it.</summary>
    public const string KeepToken = $"(umask 077; cat > {TokenFile})";

    public static string For(Uri hub) => $"sevensa-runner --hub {Address(hub)} --enrolment-token-file {TokenFile}";

    /// <summary>The same in a container of the image, with its key and journal in a volume.</summary>
    public static string InContainer(Uri hub) =>
        $"sudo chown {ImageUser} {TokenFile} && docker run -d --name sevensa-runner --restart unless-stopped --read-only --tmpfs /tmp:size=16m "
        + "--group-add \"$(stat -c %g /var/run/docker.sock)\" -v sevensa-runner:/data -v /var/run/docker.sock:/var/run/docker.sock "
        + $"-v \"$PWD/{TokenFile}:/run/secrets/{TokenFile}:ro\" --label sevensa.service=runner sevensa/runner:{Version} "
        + $"--hub={Address(hub)} --enrolment-token-file=/run/secrets/{TokenFile} --name=\"$(hostname)\" --docker=unix:///var/run/docker.sock --state=/data";

    private static string Address(Uri hub) => hub.GetLeftPart(UriPartial.Path).TrimEnd('/');
}
