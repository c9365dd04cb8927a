using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using static Sevensa.Dashboard.Features.Secrets.RotationWords;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// <c>secret.rehearse</c>: a rotation with one container, which is put back as soon as that is seen to run well: the new value is
/// made and tried, one who uses it is restarted, and then the former data is current again and that one is restarted once more.
/// </summary>
internal sealed class RehearseSecret(
    SecretCatalogue secrets,
    SecretConsumers consumers,
    AlternationPlan alternation,
    IFleet fleet,
    Func<VaultClient> vault,
    ITenantScopes scopes,
    IOptions<SecretsOptions> options,
    TimeProvider time
) : IActionKind
{
    public const string Kind = "secret.rehearse";

    /// <summary>Verb of the step that writes the former data back.</summary>
    public const string Back = "secret.back";

    /// <summary>The former one, the new one, and the former one again.</summary>
    private const int FewestVersions = 3;

    private const int UsualLength = 32;

    public string Name => Kind;

    public string Title(string target) => $"Rehearse the rotation of {target}";

    public string TitleOf(ActionPlan plan) => $"{Title(plan.Place())} with {plan.Containers[0].Name}";

    public string Description =>
        "Tries a rotation of a secret in Vault (key/value, version 2) and puts it back: a new value is made and tried (a database's login signs in, a probe is asked), "
        + "one container whose labels name the secret is restarted with it and has to run well, then the former data is written back and that container is restarted once more. Other containers are left alone.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schema();

    public bool PlansOnUnfinished => false;

    public string Undo => "It puts everything back by itself, whatever goes wrong on the way.";

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
        PlannedSecret.DifferencesAsync(plan, scopes, vault(), fleet, null, cancellation);

    private async Task<ActionPlan> PlanItAsync(PlanRequest request, CancellationToken cancellation)
    {
        if (StaticRotation.RoleOf(request.Target) is not null)
        {
            throw new CannotPlanException(
                "A static role alone has one password, and nothing brings the former one back: that can't be rehearsed. Rehearse the secret in which two logins take turns."
            );
        }
        var planned = await PlannedSecret.OfAsync(secrets, vault(), request, cancellation);
        var (path, metadata, secret, keys) = planned;
        var keeping = await planned.KeepingAsync(vault(), cancellation);
        if (keeping.Versions is not >= FewestVersions)
        {
            var why = keeping.Versions is { } few
                ? Text(
                    $"Vault keeps {few} version(s) of {path.Relative}, so the former data would be gone before it is put back. Have it keep more first:"
                )
                : $"It is not known how many versions Vault keeps of {path.Relative}, so the former data may be gone before it is put back. Say it first:";
            throw new CannotPlanException(
                Text($"{why} vault kv metadata patch -max-versions={FewestVersions} {secret.VaultPath}")
            );
        }
        if (AppRolePlan.Says(metadata))
        {
            throw new CannotPlanException(
                $"{path.Relative} holds an AppRole's secret id. Its rotation tries the new one by a login before it is written, and takes all of it back by itself; it is not rehearsed."
            );
        }
        var key = planned.KeyOf(request.Parameters);
        var rotation = new RotationPlan(secret.Version, key, UsualLength)
        {
            Logins = await alternation.OfAsync(path, request.Tenant, metadata, key, cancellation),
        };
        var all = RollingPlan.Of(
            consumers,
            fleet,
            request.Tenant,
            path.Relative,
            secret.Consumers,
            RollingPlan.Labelled
        );
        RefuseUnasked(rotation, path, secret);
        var rolling = all with { Rolled = [OneOf(all, request.Parameters, path.Relative)] };
        return Draft(
            request,
            planned,
            rotation,
            all,
            rolling,
            SecretProbe.Of(metadata.CustomMetadata, options.Value.ProbeAddresses)
        );
    }

    /// <summary>A value that was only made up is not to be used by anybody but the one that is watched.</summary>
    private static void RefuseUnasked(RotationPlan rotation, SecretPath path, Secret secret)
    {
        if (
            rotation.Logins is null
            && secret.Readers.FirstOrDefault(reader =>
                reader.OnChange != SecretConsumers.Restart && SecretConsumers.Holds(reader)
            )
                is { } reader
        )
        {
            throw new CannotPlanException(
                $"{reader.Container} reads {path.Relative} again by itself ({reader.Label}), so it would use the value that is only tried, against whatever checks it. What is read so can't be rehearsed; rotate it."
            );
        }
    }

    /// <summary>The container that was named, or the first.</summary>
    private static RolledConsumer OneOf(RollingPlan all, JsonElement parameters, string path)
    {
        if (all.Rolled.Count == 0)
        {
            throw new CannotPlanException(
                $"No running container says by its labels that it uses {path} and is restarted with it (sevensa.secret.NAME={path}), so there is none to rehearse with."
            );
        }
        if (!parameters.TryGetProperty("container", out var named))
        {
            return all.Rolled[0];
        }
        return all.Rolled.FirstOrDefault(one => one.Container.Facts.Name == named.GetString())
            ?? throw new CannotPlanException(
                $"\"{StoreText.Shorten(named.GetString()!, 100)}\" is none of the containers that use {path}: {string.Join(", ", all.Names)}."
            );
    }

    private static ActionPlan Draft(
        PlanRequest request,
        PlannedSecret planned,
        RotationPlan rotation,
        RollingPlan all,
        RollingPlan rolling,
        (SecretProbe? Probe, string? WhyNot) trial
    )
    {
        var (before, after, back) = (
            Text($"version {rotation.Version}"),
            Text($"version {rotation.NextVersion}"),
            Text($"version {rotation.NextVersion + 1}")
        );
        var (place, name) = (planned.Secret.VaultPath, rolling.Names[0]);
        var others = all.Names.Where(other => other != name).ToList();
        var noted = rotation.Logins is null
            ? planned
                .Secret.Consumers.Except(
                    planned.Secret.Readers.Select(reader => reader.Service),
                    StringComparer.Ordinal
                )
                .ToList()
            : [];
        List<PlanStep> steps =
        [
            .. RotationDraft
                .Steps(planned.Secret, rotation, rolling, trial.Probe, before, after)
                .Where(step => step.Verb is not (DatabaseSteps.Unused or DatabaseSteps.Retire)),
        ];
        steps.Add(new PlanStep(steps.Count + 1, Back, place, $"Write the data of {before} back, as {back}"));
        steps.AddRange(
            rolling
                .Steps(steps.Count + 1)
                .Select(step => step with { Title = $"{step.Title}, with the former value again" })
        );
        return new ActionPlan(
            request.ProposalId,
            Kind,
            request.Tenant,
            planned.Path.Relative,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Dashboard),
            rolling.Containers,
            [
                new PlanChange($"current version of {place}", before, $"{back}, with the data of {before}"),
                new PlanChange(
                    $"process of {name}",
                    $"running, with {before}",
                    $"a new one, with the data of {before}"
                ),
                .. rotation.Logins is { } logins
                    ? new[]
                    {
                        new PlanChange(
                            $"password of {logins.Next.User}",
                            "used by nobody",
                            "a new one, used by nobody"
                        ),
                    }
                    : [],
            ],
            steps,
            [
                .. others.Count == 0
                    ? []
                    : new[]
                    {
                        $"{string.Join(", ", others)} {(others.Count == 1 ? "is" : "are")} not restarted; one that starts by itself in this time reads the new value, and has to be restarted once more",
                    },
                .. noted.Count == 0
                    ? []
                    : new[]
                    {
                        $"{string.Join(", ", noted)} {(noted.Count == 1 ? "is" : "are")} noted as using it, and no label says how: what reads the secret in this time gets the value that is only tried",
                    },
                .. rolling.Rest,
                .. trial.WhyNot is { } unasked
                    ? new[] { $"It is not tried whether the new value is taken: {unasked}" }
                    : [],
                .. rotation.Logins is { } kept ? new[] { $"{kept.Former.User} and its password stay in service" } : [],
            ],
            new PlanVerification(
                "version",
                10,
                $"{name} ran well with {after}, and runs well with the data of {before} again"
            ),
            new PlanUndo(
                RotationPlan.Write,
                $"The data of {before} is written back as a new version, and {name} is restarted again."
            ),
            RotationPlan.World(planned.Path, rotation.Version, planned.Keys, rolling.Containers)
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
                  "description": "Which key of the secret gets a new value; may be left out when only one can be meant."
                },
                "container": {
                  "type": "string", "minLength": 1, "maxLength": 200,
                  "description": "Name of the container that is restarted; the first whose labels name the secret when left out."
                }
              },
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}

/// <summary>Carries out <see cref="RehearseSecret"/>.</summary>
internal sealed class RehearseSecretExecutor(RotationSaga saga) : SagaExecutor(RehearseSecret.Kind, saga);
