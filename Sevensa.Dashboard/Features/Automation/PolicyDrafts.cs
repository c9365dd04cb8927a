using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Automation.Drafting;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Makes drafts of sentences and of ready policies.</summary>
internal sealed class PolicyDrafts(
    PolicyDesk desk,
    PolicyShown shown,
    SentenceReader sentences,
    ReadyPolicies ready,
    ITenants tenants,
    ITenantScopes scopes
)
{
    /// <summary>Reads a sentence into a draft, and keeps it unless it is only to be shown.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<PolicyView> DraftAsync(
        Caller caller,
        string? text,
        string? tenant,
        bool save,
        CancellationToken cancellation
    )
    {
        PolicyAccess.MustPropose(caller);
        var read = await ReadAsync(caller, text, tenant, cancellation);
        return save
            ? await desk.KeepAsync(caller, read, cancellation)
            : shown.Said(read.Tenant, read.Definition, read.Text, read.Unread, read.Notes);
    }

    /// <summary>Reads a sentence; keeps nothing.</summary>
    /// <param name="tenant">Where the sentence does not say.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UnreadSentenceException">422: it does not say all that a policy needs.</exception>
    public async Task<PolicyRead> ReadAsync(Caller caller, string? text, string? tenant, CancellationToken cancellation)
    {
        var said = PolicyDesk.Said(text);
        if (said is null)
        {
            throw new UnfitPolicyException(
                "text",
                "is missing: what is to be done, such as \"restart the RentGuy worker when it is unhealthy for 3 minutes, at most twice a day\"."
            );
        }
        if (!string.IsNullOrWhiteSpace(tenant))
        {
            await scopes.ForAsync(caller, tenant, cancellation);
        }
        var visible = await tenants.VisibleAsync(caller, cancellation);
        SentenceReading read;
        try
        {
            read = await sentences.ReadAsync(
                said,
                visible,
                string.IsNullOrWhiteSpace(tenant) ? null : tenant,
                cancellation
            );
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            throw new UnfitPolicyException("text", $"holds a number or a time that can't be read: {exception.Message}");
        }
        if (read.Missing.Count > 0)
        {
            throw new UnreadSentenceException(Untold(read), read);
        }
        if (DeniedDeeds.In(said))
        {
            throw new UnreadSentenceException(
                "It says what is not to be done, and a policy only does things. Say what is to be done and when; a policy that is there is paused or put away under Policies.",
                read
            );
        }
        var scope = await scopes.ForAsync(caller, read.Wish.Tenant!, cancellation);
        try
        {
            return new PolicyRead(scope.Tenants[0], desk.Reading(scope).Read(read.Wish), said, read.Unread, read.Notes);
        }
        catch (UnfitPolicyException exception)
        {
            throw new UnreadSentenceException($"As it was read it makes no policy: {exception.Message}", read);
        }
    }

    /// <summary>Ready policies, as they would be drafted.</summary>
    public IReadOnlyList<ReadyPolicy> Library() => ready.All;

    /// <exception cref="UnknownPolicyException">404: there is no such ready policy.</exception>
    public Task<PolicyView> AddReadyAsync(
        Caller caller,
        string id,
        string? tenant,
        IReadOnlyList<string>? services,
        string? target,
        string? host,
        CancellationToken cancellation
    )
    {
        var one = ready.Find(id) ?? throw new UnknownPolicyException(id);
        return desk.AddAsync(
            caller,
            one.Wish with
            {
                Tenant = tenant,
                Name = one.Name,
                Services = services,
                Action = ActionOf(one.Wish.Action!, target, host),
            },
            cancellation
        );
    }

    /// <summary>A ready action as it is, but for where it is to be done.</summary>
    private static ActionWish ActionOf(ActionWish ready, string? target, string? host)
    {
        if (string.IsNullOrWhiteSpace(host))
        {
            return ready with { Target = target ?? ready.Target };
        }
        var parameters = ready.Parameters is { } given ? JsonObject.Create(given)! : [];
        parameters["host"] = host.Trim();
        return new ActionWish(ready.Kind, target ?? ready.Target, JsonSerializer.SerializeToElement(parameters));
    }

    private static string Untold(SentenceReading reading)
    {
        var missing = reading.Missing.Select(what =>
            what switch
            {
                "tenant" => "whose service it is about (name the tenant, or choose it)",
                "action" => "what is to be done (restart, stop, start, scale to, roll back)",
                _ =>
                    "when (unhealthy, crash loop, out of memory, queue stuck, disk full, certificate, host away, a deploy that made it worse, before the peak, an alert, lines of the log, error rate, latency, memory, or `PromQL` in backticks)",
            }
        );
        var unread =
            reading.Unread.Count == 0
                ? ""
                : $" Not understood: {string.Join("; ", reading.Unread.Select(part => $"\"{part}\""))}.";
        return $"The sentence does not say {string.Join(", nor ", missing)}.{unread}";
    }
}
