using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Writes policies down, brings them to where they act, and reads what became of them, over HTTP.</summary>
public sealed class PolicyDriver(HttpClient admin, HttpClient operators, HttpClient approver)
{
    private const string Path = "/api/v1/policies";

    /// <summary>Draft, shadow, and enforced by the approval of another; returns its address.</summary>
    public async Task<string> EnforcedAsync(object policy)
    {
        var one = $"{Path}/{(await PostAsync(operators, Path, policy))["id"]}";
        await PostAsync(operators, $"{one}/promote", new { });
        // Nobody did in shadow what it would have done: an administrator lets it act all the same.
        var proposal = (
            await PostAsync(admin, $"{one}/promote", new { reason = "it is time", waiveAgreements = true })
        )["proposal"]!;
        await PostAsync(
            approver,
            $"{proposal["url"]}/approve",
            new { planHash = proposal["planHash"]!.GetValue<string>() }
        );
        await UntilStageAsync(one, "enforced");
        return one;
    }

    public Task<JsonNode> UntilStageAsync(string policy, string stage)
    {
        var told = "";
        return Eventually.GetAsync(
            $"{policy} to be {stage}",
            async token =>
            {
                told = await operators.GetStringAsync(new Uri($"{policy}/evaluations", UriKind.Relative), token);
                return
                    await operators.GetFromJsonAsync<JsonNode>(policy, token) is { } now
                    && now["stage"]!.GetValue<string>() == stage
                    ? now
                    : null;
            },
            Patience.Usual,
            () => told
        );
    }

    /// <summary>Looks that did something, or nearly did, newest first; of a verdict.</summary>
    public async Task<IReadOnlyList<JsonNode>> LooksAsync(string policy, string verdict) =>
        [
            .. (await operators.GetFromJsonAsync<JsonNode>($"{policy}/evaluations?verdict={verdict}"))!["items"]!
                .AsArray()
                .Select(look => look!),
        ];

    /// <summary>Waits for so many looks of a verdict whose outcome, where one is named, is known.</summary>
    public Task<IReadOnlyList<JsonNode>> UntilLooksAsync(
        string policy,
        string verdict,
        int count,
        string? outcome = null
    )
    {
        var told = "";
        return Eventually.GetAsync<IReadOnlyList<JsonNode>>(
            $"{count} looks of {policy} that {verdict} {outcome}",
            async token =>
            {
                told = await operators.GetStringAsync(new Uri($"{policy}/evaluations", UriKind.Relative), token);
                var looks = await LooksAsync(policy, verdict);
                return looks.Count(look => outcome is null || look["outcome"]?.GetValue<string>() == outcome) >= count
                    ? looks
                    : null;
            },
            Patience.Usual,
            () => told
        );
    }

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
