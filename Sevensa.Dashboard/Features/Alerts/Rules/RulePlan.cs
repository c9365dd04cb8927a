using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Rules;

/// <summary>What a plan about a rule says to its executor: the file as it was and as it will be.</summary>
/// <param name="Before">Hash of the file as it was planned.</param>
/// <param name="After">The whole text that will stand there.</param>
/// <param name="Expr">The expression that Prometheus must list afterwards; null when the rule must be gone.</param>
internal sealed record RulePlan(string Before, string After, string? Expr)
{
    public const string Save = "alert-rule.save";
    public const string Remove = "alert-rule.remove";
    public const string Read = "rule.read";
    public const string Write = "rule.write";
    public const string Reload = "rule.reload";
    public const string Verify = "rule.verify";

    public static RulePlan Of(ActionPlan plan)
    {
        var arguments = plan.Steps.Single(step => step.Verb == Write).Arguments!.Value;
        return new RulePlan(
            arguments.GetProperty("before").GetString()!,
            arguments.GetProperty("after").GetString()!,
            arguments.TryGetProperty("expr", out var expr) ? expr.GetString() : null
        );
    }

    public static string World(string tenant, string before) =>
        CanonicalJson.Hash(
            JsonSerializer.SerializeToElement(
                new JsonObject { ["file"] = RuleFiles.FileOf(tenant), ["content"] = before }
            )
        );

    private static string? Block(string? yaml) => yaml is null ? null : $"\n{yaml}";

    public ActionPlan Draft(PlanRequest request, string kind, string name, string? beforeYaml, string? afterYaml)
    {
        var file = RuleFiles.FileOf(request.Tenant);
        var arguments = new JsonObject { ["after"] = After, ["before"] = Before };
        if (Expr is not null)
        {
            arguments["expr"] = Expr;
        }
        return new ActionPlan(
            request.ProposalId,
            kind,
            request.Tenant,
            name,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            [],
            // Each on lines of its own, below what it is.
            [new PlanChange($"rule {name} in {file}", Block(beforeYaml), Block(afterYaml))],
            [
                new PlanStep(1, Read, file, $"See that {file} is as it was planned"),
                new PlanStep(
                    2,
                    Write,
                    file,
                    afterYaml is null ? $"Take {name} out of {file}" : $"Write {name} into {file}",
                    JsonSerializer.SerializeToElement(arguments)
                ),
                new PlanStep(3, Reload, "Prometheus", "Have Prometheus read its rule files anew"),
                new PlanStep(
                    4,
                    Verify,
                    name,
                    afterYaml is null
                        ? $"See that Prometheus lists {name} no more"
                        : $"See that Prometheus lists {name}"
                ),
            ],
            [
                $"The other rules in {file}",
                "Rule files of other tenants, and those that Prometheus was given otherwise",
                "Alerts that fire now go on as long as their rule says so",
            ],
            new PlanVerification(
                "version",
                30,
                afterYaml is null
                    ? $"Prometheus lists {name} no more"
                    : $"Prometheus lists {name} with this expression and without an error"
            ),
            new PlanUndo(Write, $"The former {file} is put back and Prometheus reads it again."),
            World(request.Tenant, Before)
        );
    }
}

/// <summary><c>alert-rule.save</c> and <c>alert-rule.remove</c>: a rule of a tenant's in the file that Prometheus loads.</summary>
internal abstract class RuleKind(RuleFiles files) : IActionKind
{
    public abstract string Name { get; }

    public abstract string Title(string target);

    public abstract string Description { get; }

    public abstract Risk Risk { get; }

    public abstract JsonElement ParametersSchema { get; }

    public string Undo => "The former rule file is put back and Prometheus reads it again.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        try
        {
            var now = await files.ReadAsync(request.Tenant, cancellation);
            return new PlanDraft(Draft(request, now), new PlanEstimate(null, [], null, DateTimeOffset.UnixEpoch));
        }
        catch (Exception exception) when (exception is UnfitRuleException or QueryRefusedException)
        {
            throw new CannotPlanException(exception.Message);
        }
    }

    public async Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation)
    {
        try
        {
            var now = await files.ReadAsync(plan.Tenant, cancellation);
            return now.Hash == RulePlan.Of(plan).Before
                ? []
                : [$"{RuleFiles.FileOf(plan.Tenant)} was changed since this was planned"];
        }
        catch (UnfitRuleException exception)
        {
            return [exception.Message];
        }
    }

    protected abstract ActionPlan Draft(PlanRequest request, FiledRules now);

    protected static JsonElement Schema(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

internal sealed class SaveRule(RuleFiles files, IPromQlReading reading) : RuleKind(files)
{
    public override string Name => RulePlan.Save;

    public override string Title(string target) => $"Save the alerting rule {target}";

    public override string Description =>
        "Writes an alerting rule of the tenant into the rule file that Prometheus loads, in place of the rule of that name. "
        + "The target is the rule's name; the expression is limited to the tenant's own series.";

    public override Risk Risk => Risk.Low;

    public override JsonElement ParametersSchema { get; } =
        Schema(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "expr": {"type": "string", "minLength": 1, "maxLength": 10000, "description": "PromQL that yields something while it is to fire"},
                "for": {"type": "string", "maxLength": 20, "default": "5m", "description": "How long it must hold: 30s, 5m, 1h"},
                "keepFiringFor": {"type": "string", "maxLength": 20, "description": "How long it goes on firing after that"},
                "severity": {"type": "string", "enum": ["critical", "warning", "info"], "default": "warning"},
                "service": {"type": "string", "maxLength": 100, "description": "For alerts whose series name no service"},
                "summary": {"type": "string", "maxLength": 2000, "description": "One sentence; may hold {{ $labels.name }} and {{ $value }}"},
                "description": {"type": "string", "maxLength": 2000},
                "runbook": {"type": "string", "maxLength": 2000, "description": "Address of what to do about it"}
              },
              "required": ["expr"]
            }
            """
        );

    protected override ActionPlan Draft(PlanRequest request, FiledRules now)
    {
        var rule = CheckedRule.Of(
            new RuleDraft(
                request.Target,
                Text("expr"),
                Text("for"),
                Text("keepFiringFor"),
                Text("severity"),
                Text("service"),
                Text("summary"),
                Text("description"),
                Text("runbook")
            ),
            request.Scope,
            request.Tenant,
            reading.Options
        );
        var filed = RuleFiles.Of(rule);
        var before = now.Rules.FirstOrDefault(known => known.Alert == rule.Name);
        var after = RuleFiles.With(request.Tenant, now.Rules, rule.Name, filed);
        if (after == now.Text)
        {
            throw new CannotPlanException($"{rule.Name} stands there like this already. There is nothing to save.");
        }
        return new RulePlan(now.Hash, after, filed.Expr).Draft(
            request,
            Name,
            rule.Name,
            before is null ? null : RuleFiles.Yaml(before),
            RuleFiles.Yaml(filed)
        );

        string? Text(string name) => request.Parameters.TryGetProperty(name, out var value) ? value.GetString() : null;
    }
}

internal sealed class RemoveRule(RuleFiles files) : RuleKind(files)
{
    public override string Name => RulePlan.Remove;

    public override string Title(string target) => $"Remove the alerting rule {target}";

    public override string Description =>
        "Takes an alerting rule that was saved here out of the rule file that Prometheus loads. The target is the rule's name.";

    public override Risk Risk => Risk.Medium;

    public override JsonElement ParametersSchema { get; } =
        Schema("""{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {}}""");

    protected override ActionPlan Draft(PlanRequest request, FiledRules now)
    {
        var name = request.Target.Trim();
        var before =
            now.Rules.FirstOrDefault(known => known.Alert == name)
            ?? throw new CannotPlanException(
                now.Rules.Count == 0
                    ? $"No rule of {request.Tenant} was saved here."
                    : $"No rule of that name was saved here. There are {string.Join(", ", now.Rules.Select(known => known.Alert))}."
            );
        return new RulePlan(now.Hash, RuleFiles.With(request.Tenant, now.Rules, name, null), null).Draft(
            request,
            Name,
            name,
            RuleFiles.Yaml(before),
            null
        );
    }
}
