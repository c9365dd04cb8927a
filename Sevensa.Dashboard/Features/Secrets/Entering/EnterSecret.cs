using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets.Entering;

/// <summary>
/// <c>secret.enter</c>: a key of a secret gets a value that was issued elsewhere, and who uses it is restarted. The value is no
/// part of the plan: it is asked for when the approved plan runs, and goes from the form straight to Vault.
/// </summary>
internal sealed class EnterSecret(
    SecretCatalogue secrets,
    SecretConsumers consumers,
    IFleet fleet,
    Func<VaultClient> vault,
    ITenantScopes scopes,
    IOptions<SecretsOptions> options,
    TimeProvider time
) : IActionKind
{
    public const string Kind = "secret.enter";

    public string Name => Kind;

    public string Title(string target) => $"Enter a value of {target}";

    public string TitleOf(ActionPlan plan) =>
        $"Enter {RotationPlan.Of(plan).Key} of {plan.Place()}{(plan.Containers.Count == 0 ? "" : $" and restart {string.Join(", ", plan.Containers.Select(container => container.Name))}")}";

    public IReadOnlyCollection<string> ToldInTitle => ["key"];

    public string Description =>
        "Sets one key of a secret in Vault to a value that was issued elsewhere (a provider's API key), and restarts the containers whose labels name the secret, one by one. "
        + "The value is no parameter and is told to nobody: once the plan is approved and runs, an administrator types it into the console, which writes it straight to Vault.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schema();

    public bool PlansOnUnfinished => false;

    public string Undo =>
        "The data of the former version is written back as a new version, and who was restarted is restarted again.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        try
        {
            return new PlanDraft(
                await PlanItAsync(request, cancellation),
                new PlanEstimate(null, [], null, time.GetUtcNow())
            );
        }
        catch (UpstreamException exception)
        {
            throw new CannotPlanException($"Vault can't say what is there: {exception.Told}", exception);
        }
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        PlannedSecret.DifferencesAsync(plan, scopes, vault(), fleet, consumers, cancellation);

    private async Task<ActionPlan> PlanItAsync(PlanRequest request, CancellationToken cancellation)
    {
        var planned = await PlannedSecret.OfAsync(secrets, vault(), request, cancellation);
        var (path, metadata, secret, keys) = planned;
        var key = planned.KeyOf(request.Parameters);
        if (metadata.CustomMetadata?.ContainsKey("static_roles") == true)
        {
            throw new CannotPlanException(
                $"{path.Relative} is a database's login: its password is made by Vault's database engine, and not entered. Propose secret.rotate."
            );
        }
        var rolling = RollingPlan.Of(
            consumers,
            fleet,
            request.Tenant,
            path.Relative,
            secret.Consumers,
            RollingPlan.WishOf(request.Parameters)
        );
        var keeping = await planned.KeepingAsync(vault(), cancellation);
        var (probe, whyNot) = SecretProbe.Of(metadata.CustomMetadata, options.Value.ProbeAddresses);
        var rotation = new RotationPlan(secret.Version, key, 0) { Entered = true, Probe = probe };
        return Draft(request, planned, rotation, rolling, keeping, keys, whyNot);
    }

    private static ActionPlan Draft(
        PlanRequest request,
        PlannedSecret planned,
        RotationPlan rotation,
        RollingPlan rolling,
        Keeping keeping,
        IReadOnlyList<string> keys,
        string? whyNotProbed
    )
    {
        var tried = rotation.Probe is { } probe ? $" and tries first: {probe.Words}" : "";
        var (before, after) = (Text($"version {rotation.Version}"), Text($"version {rotation.NextVersion}"));
        var place = planned.Secret.VaultPath;
        return new ActionPlan(
            request.ProposalId,
            Kind,
            request.Tenant,
            planned.Path.Relative,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            rolling.Containers,
            [
                new PlanChange($"current version of {place}", before, after),
                new PlanChange($"key {rotation.Key}", $"as in {before}", "as an administrator enters it"),
                .. rolling.Names.Select(name => new PlanChange(
                    $"process of {name}",
                    $"running, with {before}",
                    $"a new one, with {after}"
                )),
            ],
            [
                new PlanStep(1, RotationPlan.Read, place, $"Read {before} of {place}"),
                new PlanStep(
                    2,
                    RotationPlan.Write,
                    place,
                    $"Wait until an administrator enters {rotation.Key} ({EnteredStep.Longest.TotalMinutes:0} minutes at most), which the form writes as {after}{tried}, only if {before} is still current",
                    rotation.Arguments
                ),
                new PlanStep(3, RotationPlan.Verify, place, $"Read {after} back: only {rotation.Key} is new"),
                .. rolling.Steps(4),
            ],
            [
                .. keys.Where(key => key != rotation.Key).Select(key => $"The key {key} keeps its value"),
                keeping.Rest(before),
                .. keeping.Ends
                    ? new[]
                    {
                        $"That Vault deletes each version of it after {keeping.DeletedAfter}: the new one will end too",
                    }
                    : [],
                .. rolling.Rest,
                .. whyNotProbed is null ? [] : new[] { $"It is not tried whether the value is right: {whyNotProbed}" },
                "The value is in no plan, record or log: it exists in the form and in Vault",
                "The former value stays valid where it was issued, until it is taken back there",
            ],
            new PlanVerification(
                "version",
                10,
                rolling.Rolled.Count > 0
                    ? $"{after} is current, and {string.Join(", ", rolling.Names)} {(rolling.Rolled.Count == 1 ? "runs" : "run")} well with it"
                    : $"{after} is current"
            ),
            keeping.OneOnly
                ? PlanUndo.None(
                    $"Nothing brings {before} back: this secret keeps one version only (max_versions: 1), and the new one replaces it."
                )
                : new PlanUndo(
                    RotationPlan.Write,
                    $"{keeping.Doubt}The data of {before} is written back as a new version{(rolling.Rolled.Count > 0 ? ", and whoever was restarted is restarted again" : "")}."
                ),
            RotationPlan.World(planned.Path, rotation.Version, keys, rolling.Containers)
        );
    }

    private static JsonElement Schema()
    {
        using var document = JsonDocument.Parse(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "key": {
                  "type": "string", "minLength": 1, "maxLength": 200,
                  "description": "Which key of the secret gets the value; may be left out when only one can be meant. The value itself is never a parameter."
                },
                "consumers": {
                  "enum": ["labelled", "all", "none"],
                  "description": "Whose containers are restarted one by one: those whose labels name the secret (the usual), those noted in its metadata too, or none."
                }
              },
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}

/// <summary>Carries out <see cref="EnterSecret"/>, as a rotation whose value somebody else writes.</summary>
internal sealed class EnterSecretExecutor(RotationSaga saga) : SagaExecutor(EnterSecret.Kind, saga);
