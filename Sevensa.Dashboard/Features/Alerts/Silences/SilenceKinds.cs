using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts.Silences;

/// <summary><c>silence.create</c>: keeps an alert of the tenant quiet for a while. For programs and the assistant; a person may do it at once.</summary>
internal sealed class CreateSilence(IServiceScopeFactory services, TimeProvider time) : IActionKind
{
    public const string Kind = "silence.create";
    public const string Create = "silence.create";
    public const string Verify = "silence.verify";

    public string Name => Kind;

    public string Title(string target) => $"Silence {target}";

    public string Description =>
        "Keeps alerts of one name quiet in Alertmanager for some minutes, for the tenant only. The target is the alert's name.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schema();

    public string Undo => "The silence is ended at once.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var (minutes, service) = (
            request.Parameters.GetProperty("minutes").GetInt32(),
            request.Parameters.TryGetProperty("service", out var named) ? named.GetString() : null
        );
        SilenceWanted wanted;
        await using (var lifetime = services.CreateAsyncScope())
        {
            try
            {
                wanted = lifetime
                    .ServiceProvider.GetRequiredService<SilenceDesk>()
                    .Wanted(
                        request.Scope,
                        request.Tenant,
                        new SilenceAsked(
                            [
                                new SilenceMatcher("alertname", request.Target.Trim()),
                                .. service is { Length: > 0 }
                                    ? [new SilenceMatcher("service", service)]
                                    : (SilenceMatcher[])[],
                            ],
                            null,
                            time.GetUtcNow().AddMinutes(minutes),
                            request.Parameters.TryGetProperty("comment", out var comment)
                                ? comment.GetString()
                                : "Proposed and approved in Sevensa Dashboard"
                        ),
                        request.Caller.Name
                    );
            }
            catch (UnfitSilenceException exception)
            {
                throw new CannotPlanException(exception.Message);
            }
        }
        var told = SilenceDesk.Told(wanted);
        var arguments = new JsonObject
        {
            ["by"] = wanted.CreatedBy,
            ["comment"] = wanted.Comment,
            ["matchers"] = new JsonArray([
                .. wanted.Matchers.Select(matcher => new JsonObject
                {
                    ["name"] = matcher.Name,
                    ["value"] = matcher.Value,
                }),
            ]),
            ["minutes"] = minutes,
        };
        return new PlanDraft(
            new ActionPlan(
                request.ProposalId,
                Kind,
                request.Tenant,
                request.Target.Trim(),
                request.Parameters,
                new PlanExecutor(PlanExecutor.Dashboard),
                [],
                [new PlanChange(told, "told to its receivers", Text($"silenced for {minutes} min"))],
                [
                    new PlanStep(
                        1,
                        Create,
                        AlertmanagerClient.Name,
                        Text($"Silence {told} for {minutes} min"),
                        JsonSerializer.SerializeToElement(arguments)
                    ),
                    new PlanStep(
                        2,
                        Verify,
                        AlertmanagerClient.Name,
                        $"Read it back and see that it is bound to {request.Tenant}"
                    ),
                ],
                [
                    "Alerts of other tenants",
                    "The alerts themselves: they fire on, stay on the pages and in the history",
                ],
                new PlanVerification("version", 10, $"Alertmanager has the silence, bound to {request.Tenant}"),
                new PlanUndo("silence.expire", "The silence is ended at once."),
                CanonicalJson.Hash(JsonSerializer.SerializeToElement(new JsonObject { ["silence"] = told }))
            ),
            new PlanEstimate(null, [], null, time.GetUtcNow())
        );
    }

    /// <summary>Nothing that it rests on can change.</summary>
    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static JsonElement Schema()
    {
        using var document = JsonDocument.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "minutes": {"type": "integer", "minimum": 1, "maximum": 43200, "default": 120, "description": "How long"},
                "service": {"type": "string", "maxLength": 100, "description": "Only alerts of this service"},
                "comment": {"type": "string", "maxLength": 1000, "description": "Why"}
              }
            }
            """
        );
        return document.RootElement.Clone();
    }
}

/// <summary>Makes an approved silence.</summary>
internal sealed class CreateSilenceExecutor(IServiceScopeFactory services, ITenantScopes scopes, TimeProvider time)
    : IDashboardExecutor
{
    public string Kind => CreateSilence.Kind;

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        var plan = action.Plan;
        var arguments = plan.Steps.Single(step => step.Verb == CreateSilence.Create).Arguments!.Value;
        await using var lifetime = services.CreateAsyncScope();
        var desk = lifetime.ServiceProvider.GetRequiredService<SilenceDesk>();
        await report(new ActionReport("", 0, default, "step", 1, "started"));
        try
        {
            // Made anew rather than taken over, so that the tenant's matcher is there whatever the plan says.
            var wanted = desk.Wanted(
                scopes.ForSystem(plan.Tenant),
                plan.Tenant,
                new SilenceAsked(
                    [
                        .. arguments
                            .GetProperty("matchers")
                            .EnumerateArray()
                            .Select(matcher => new SilenceMatcher(
                                matcher.GetProperty("name").GetString()!,
                                matcher.GetProperty("value").GetString()!
                            )),
                    ],
                    null,
                    time.GetUtcNow().AddMinutes(arguments.GetProperty("minutes").GetInt32()),
                    $"{arguments.GetProperty("comment").GetString()} (proposal {action.ActionId})"
                ),
                arguments.GetProperty("by").GetString()!
            );
            var made = await desk.MakeAsync(plan.Tenant, wanted, cancellation);
            await report(new ActionReport("", 0, default, "step", 1, "done"));
            await report(new ActionReport("", 0, default, "step", 2, "started"));
            await report(new ActionReport("", 0, default, "step", 2, "done"));
            return new ActionOutcome(
                ProposalState.Succeeded,
                $"Silence {made.Id} keeps {SilenceDesk.Told(wanted)} quiet until {made.EndsAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC."
            );
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return new ActionOutcome(ProposalState.Cancelled, "Cancelled before anything was silenced.");
        }
        catch (Exception exception) when (exception is UpstreamException or UnfitSilenceException)
        {
            await report(new ActionReport("", 0, default, "step", 1, "failed", exception.Message));
            return new ActionOutcome(
                exception is UpstreamException { Fault: UpstreamFault.TimedOut or UpstreamFault.Unreachable }
                    ? ProposalState.Unknown
                    : ProposalState.Failed,
                (exception as UpstreamException)?.Told ?? exception.Message,
                Undo: "none"
            );
        }
    }
}

/// <summary>Whether Alertmanager has the silence of an action whose answer was lost: its comment names the proposal.</summary>
internal sealed class SilenceAftermath(IServiceScopeFactory services, ITenantScopes scopes, TimeProvider time)
    : IDashboardReconciler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public string Kind => CreateSilence.Kind;

    public async Task<ActionOutcome?> ReconcileAsync(
        ActionPlan plan,
        DateTimeOffset dispatchedAt,
        CancellationToken cancellation
    )
    {
        await using var lifetime = services.CreateAsyncScope();
        try
        {
            var all = await lifetime
                .ServiceProvider.GetRequiredService<SilenceDesk>()
                .OwnAsync(scopes.ForSystem(plan.Tenant), plan.Tenant, cancellation);
            return all.FirstOrDefault(silence =>
                    silence.Comment.EndsWith($"(proposal {plan.ProposalId})", StringComparison.Ordinal)
                )
                    is { } found
                    ? new ActionOutcome(
                        ProposalState.Succeeded,
                        $"Alertmanager has silence {found.Id} of this proposal."
                    )
                : time.GetUtcNow() - dispatchedAt < Patience ? null
                : new ActionOutcome(
                    ProposalState.Failed,
                    "Alertmanager has no silence of this proposal. Nothing was silenced.",
                    Undo: "none"
                );
        }
        catch (UpstreamException)
        {
            return null;
        }
    }
}

/// <summary><c>silence.expire</c>: ends a silence of the tenant; the target is its id.</summary>
internal sealed class ExpireSilence(IServiceScopeFactory services, TimeProvider time) : IActionKind, IDashboardExecutor
{
    private const string Verb = "silence.expire";

    public string Name => Verb;

    string IDashboardExecutor.Kind => Verb;

    public string Title(string target) => $"End the silence {(target.Length > 8 ? target[..8] : target)}";

    public string Description => "Ends a silence of the tenant in Alertmanager. The target is its id.";

    public Risk Risk => Risk.Low;

    public JsonElement ParametersSchema { get; } =
        JsonSerializer.SerializeToElement(new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() });

    public string Undo => "None: make the silence again.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        try
        {
            await using var lifetime = services.CreateAsyncScope();
            var silence = await lifetime
                .ServiceProvider.GetRequiredService<SilenceDesk>()
                .FindAsync(request.Tenant, request.Target.Trim(), cancellation);
            if (silence.Status.State == "expired")
            {
                throw new CannotPlanException("That silence is over already.");
            }
            var told = string.Join(", ", silence.Matchers);
            return new PlanDraft(
                new ActionPlan(
                    request.ProposalId,
                    Verb,
                    request.Tenant,
                    silence.Id,
                    request.Parameters,
                    new PlanExecutor(PlanExecutor.Dashboard),
                    [],
                    [new PlanChange(told, "silenced", "told to its receivers again")],
                    [new PlanStep(1, Verb, silence.Id, $"End the silence of {told}")],
                    ["Other silences, and alerts of other tenants"],
                    new PlanVerification("version", 10, "Alertmanager says that it is expired"),
                    PlanUndo.None("A silence that ended can't be taken up again; make it anew."),
                    CanonicalJson.Hash(
                        JsonSerializer.SerializeToElement(new JsonObject { ["silence"] = silence.Id, ["of"] = told })
                    )
                ),
                new PlanEstimate(null, [], null, time.GetUtcNow())
            );
        }
        catch (UnknownSilenceException exception)
        {
            throw new CannotPlanException(exception.Message);
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException($"Alertmanager can't say what is silenced: {exception.Told}");
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        try
        {
            await using var lifetime = services.CreateAsyncScope();
            var silence = await lifetime
                .ServiceProvider.GetRequiredService<SilenceDesk>()
                .FindAsync(plan.Tenant, plan.Target, cancellation);
            return silence.Status.State == "expired" ? ["The silence is over already"] : [];
        }
        catch (Exception exception) when (exception is UnknownSilenceException or UpstreamException)
        {
            return [exception.Message];
        }
    }

    public async Task<ActionOutcome> ExecuteAsync(
        SignedAction action,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    )
    {
        await report(new ActionReport("", 0, default, "step", 1, "started"));
        try
        {
            await using var lifetime = services.CreateAsyncScope();
            var desk = lifetime.ServiceProvider.GetRequiredService<SilenceDesk>();
            // Whose it is was looked at when it was planned; it is looked at again.
            await desk.FindAsync(action.Plan.Tenant, action.Plan.Target, cancellation);
            var ended = await desk.EndAsync(action.Plan.Tenant, action.Plan.Target, cancellation);
            var over = ended.Status.State == "expired";
            await report(new ActionReport("", 0, default, "step", 1, over ? "done" : "failed"));
            return over
                ? new ActionOutcome(ProposalState.Succeeded, "The silence is over.")
                : new ActionOutcome(
                    ProposalState.Failed,
                    $"Alertmanager says that it is {ended.Status.State} still.",
                    Undo: "none"
                );
        }
        catch (Exception exception) when (exception is UpstreamException or UnknownSilenceException)
        {
            await report(new ActionReport("", 0, default, "step", 1, "failed", exception.Message));
            return new ActionOutcome(ProposalState.Failed, exception.Message, Undo: "none");
        }
    }
}
