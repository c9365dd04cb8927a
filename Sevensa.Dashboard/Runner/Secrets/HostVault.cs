using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>
/// Reads secrets for this host by the host's own sign-in, so that their values pass no dashboard: versions often, values only
/// when there is a new one.
/// </summary>
internal sealed class HostVault : IDisposable
{
    private const int LongestAnswer = 4 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SecretSettings settings;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private string? token;
    private DateTimeOffset until;

    public HostVault(SecretSettings settings, TimeProvider time)
    {
        (this.settings, this.time) = (settings, time);
        // The token would go along to wherever a redirect leads.
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = new Uri(settings.Vault.ToString().TrimEnd('/') + "/"),
            Timeout = Patience,
            MaxResponseContentBufferSize = LongestAnswer,
        };
    }

    /// <summary>The current version; null when there is none that lives.</summary>
    /// <exception cref="SecretException">Vault does not say.</exception>
    public async Task<int?> VersionAsync(HandedSecret secret, CancellationToken cancellation)
    {
        using var answer = await ReadAsync($"{settings.Mount}/metadata/{secret.Full}", cancellation);
        return
            answer is not null
            && In(answer.RootElement, "data") is { } data
            && Number(data, "current_version") is { } current
            && In(data, "versions") is { } versions
            && In(versions, current.ToString(CultureInfo.InvariantCulture)) is { } version
            && Lives(version)
            ? current
            : null;
    }

    /// <summary>Values by key: texts as they are, everything else as JSON. Null when the version is gone.</summary>
    /// <exception cref="SecretException">Vault does not say.</exception>
    public async Task<IReadOnlyDictionary<string, string>?> ValuesAsync(
        HandedSecret secret,
        int version,
        CancellationToken cancellation
    )
    {
        using var answer = await ReadAsync(
            string.Create(CultureInfo.InvariantCulture, $"{settings.Mount}/data/{secret.Full}?version={version}"),
            cancellation
        );
        if (
            answer is null
            || In(answer.RootElement, "data") is not { } outer
            || In(outer, "data") is not { ValueKind: JsonValueKind.Object } values
        )
        {
            return null;
        }
        try
        {
            return values
                .EnumerateObject()
                .ToDictionary(
                    one => one.Name,
                    one =>
                        one.Value.ValueKind == JsonValueKind.String ? one.Value.GetString()! : one.Value.GetRawText(),
                    StringComparer.Ordinal
                );
        }
        catch (InvalidOperationException exception)
        {
            throw new SecretException(
                $"Version {version} of {secret.Full} holds half of a character (\\uD800 to \\uDFFF alone), which no file can hold. Write it anew.",
                exception
            );
        }
    }

    /// <summary>User and password of a static role as they are now; null where Vault keeps none of that name.</summary>
    /// <exception cref="SecretException">Vault does not say.</exception>
    public async Task<IReadOnlyDictionary<string, string>?> LoginAsync(
        HandedSecret secret,
        CancellationToken cancellation
    )
    {
        using var answer = await ReadAsync(secret.Path, cancellation);
        return
            answer is not null
            && In(answer.RootElement, "data") is { } data
            && In(data, "username") is { ValueKind: JsonValueKind.String } user
            && In(data, "password") is { ValueKind: JsonValueKind.String } password
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["username"] = user.GetString()!,
                ["password"] = password.GetString()!,
            }
            : null;
    }

    public void Dispose() => http.Dispose();

    private bool Lives(JsonElement version) =>
        In(version, "destroyed") is not { ValueKind: JsonValueKind.True }
        && !(
            In(version, "deletion_time") is { ValueKind: JsonValueKind.String } deleted
            && deleted.TryGetDateTimeOffset(out var end)
            && end <= time.GetUtcNow()
        );

    /// <summary>What stands there; null where nothing does, or where it is no object that is looked into.</summary>
    private static JsonElement? In(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var found) ? found : null;

    private static int? Number(JsonElement of, string name) =>
        In(of, name) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt32(out var number) ? number : null;

    private async Task<JsonDocument?> ReadAsync(string path, CancellationToken cancellation)
    {
        for (var again = false; ; again = true)
        {
            using var answer = await SendAsync(
                HttpMethod.Get,
                path,
                await TokenAsync(again, cancellation),
                null,
                cancellation
            );
            if (answer.StatusCode == HttpStatusCode.Forbidden && settings.TokenFile is null && !again)
            {
                // Ended before its time, or denied: a new login tells which.
                continue;
            }
            return answer.StatusCode == HttpStatusCode.NotFound ? null : await BodyAsync(answer, path, cancellation);
        }
    }

    private async Task<string> TokenAsync(bool anew, CancellationToken cancellation)
    {
        if (settings.TokenFile is { } file)
        {
            return Text(file);
        }
        if (token is { } known && !anew && time.GetUtcNow() < until)
        {
            return known;
        }
        var body = new JsonObject
        {
            ["role_id"] = Text(settings.RoleIdFile!),
            ["secret_id"] = Text(settings.SecretIdFile!),
        };
        const string path = "auth/approle/login";
        using var answer = await SendAsync(HttpMethod.Post, path, null, body.ToJsonString(), cancellation);
        using var given = await BodyAsync(answer, path, cancellation);
        if (
            In(given.RootElement, "auth") is not { } auth
            || In(auth, "client_token") is not { ValueKind: JsonValueKind.String } fresh
            || fresh.GetString() is not { Length: > 0 } found
        )
        {
            throw new SecretException("Vault took the login and gave no token.");
        }
        var seconds = Number(auth, "lease_duration") ?? 0;
        // Signed in anew before it ends; one without an end is asked for again from time to time.
        until = time.GetUtcNow() + TimeSpan.FromSeconds(seconds > 0 ? seconds * 2 / 3 : 3600);
        return token = found;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        string? token,
        string? body,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(method, new Uri($"v1/{path}", UriKind.Relative));
        request.Headers.Add("X-Vault-Request", "true");
        if (token is not null)
        {
            request.Headers.Add("X-Vault-Token", token);
        }
        if (settings.Namespace is { Length: > 0 } name)
        {
            request.Headers.Add("X-Vault-Namespace", name);
        }
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }
        try
        {
            return await http.SendAsync(request, cancellation);
        }
        catch (HttpRequestException exception)
        {
            throw new SecretException($"Vault at {settings.Vault} does not answer: {exception.Message}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new SecretException(
                $"Vault at {settings.Vault} did not answer within {Patience.TotalSeconds:0} s.",
                exception
            );
        }
    }

    private async Task<JsonDocument> BodyAsync(HttpResponseMessage answer, string path, CancellationToken cancellation)
    {
        var text = await answer.Content.ReadAsStringAsync(cancellation);
        JsonDocument body;
        try
        {
            body = JsonDocument.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new SecretException(
                $"What answers at {settings.Vault} is not Vault: {(int)answer.StatusCode}, and no JSON.",
                exception
            );
        }
        if (answer.IsSuccessStatusCode)
        {
            return body;
        }
        using (body)
        {
            throw new SecretException(
                answer.StatusCode switch
                {
                    HttpStatusCode.Forbidden =>
                        $"Vault does not let this host read {path.Split('?')[0]}: give its policy read there (of a key/value secret on both metadata/ and data/).",
                    HttpStatusCode.TooManyRequests => "Vault is asked too often (429); it is asked again.",
                    _ => $"Vault answered {(int)answer.StatusCode} for {path}: {Words(body)}",
                }
            );
        }
    }

    private static string Words(JsonDocument body) =>
        In(body.RootElement, "errors") is { ValueKind: JsonValueKind.Array } errors
            ? string.Join("; ", errors.EnumerateArray().Select(error => error.ToString()))
            : "no reason given";

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } text
                ? text
                : throw new SecretException($"{file}, by which this host signs in to Vault, is empty.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SecretException($"{file}, by which this host signs in to Vault: {exception.Message}", exception);
        }
    }
}
