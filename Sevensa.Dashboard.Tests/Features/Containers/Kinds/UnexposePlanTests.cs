using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Containers.Kinds;

/// <summary>A secret in an environment becomes a plan for a file in its place, or is refused in words that say what comes first.</summary>
public sealed class UnexposePlanTests : IAsyncDisposable
{
    private const string Kind = "secret.unexpose";
    private const string Path = "api/db-password";

    private readonly Kept kept = new();
    private readonly Yard yard;

    public UnexposePlanTests()
    {
        yard = new Yard(collection => collection.AddSingleton<IKeptSecrets>(kept));
        yard.Shop.Fleet.Handed = new HandedOut("/run/sevensa-secrets", [$"rentguy/{Path}"]);
        Change(facts => facts with { EnvironmentNames = ["DB_PASSWORD", "LOG_LEVEL"], Isolation = Mounting() });
    }

    public ValueTask DisposeAsync() => yard.DisposeAsync();

    private void Change(Func<ContainerFacts, ContainerFacts> change) => yard.Shop.Fleet.Change(Yard.Api, change);

    private static ContainerIsolation Mounting(params MountedPlace[] mounts) =>
        new([], [], [], "", "", "", "", 0, 0, [], [], true, [], mounts, []);

    private static object Asked(object? more = null) => more ?? new { variable = "DB_PASSWORD" };

    private static UnexposeArguments ToldOf(Proposal proposal) =>
        Assert
            .Single(proposal.Plan.Steps, step => step.Verb == StepVerbs.ContainerUnexpose)
            .Arguments!.Value.Deserialize(StepJson.Default.UnexposeArguments)!;

    [Fact]
    public async Task What_goes_and_what_takes_its_place_is_in_the_plan_and_no_value()
    {
        var proposal = await yard.ProposeAsync(Kind, "api", Asked());

        Assert.Equal(
            new UnexposeArguments(
                "DB_PASSWORD",
                Path,
                "value",
                "DB_PASSWORD_FILE",
                "/run/secrets/db-password",
                "sevensa.secret.db-password",
                GraceSeconds: 10
            ),
            ToldOf(proposal)
        );
        Assert.Equal(
            [
                new("DB_PASSWORD of rentguy-api", "in the environment", "not there any more"),
                new("DB_PASSWORD_FILE of rentguy-api", null, "/run/secrets/db-password/value"),
                new(
                    $"files of {Path} in rentguy-api",
                    null,
                    $"/run/sevensa-secrets/rentguy/{Path}:/run/secrets/db-password:ro (read-only)"
                ),
                new("label sevensa.secret.db-password of rentguy-api", null, $"{Path}, restarted for a new value"),
            ],
            proposal.Plan.Changes
        );
        Assert.Equal(UndoKinds.Reverse, proposal.Plan.Undo.Kind);
        Assert.Equal(VerificationKinds.Healthy, proposal.Plan.Verification.Kind);
        Assert.Equal(Risk.Medium, proposal.Risk);
        var patch = Assert.Single(
            proposal.Estimate.Notes!,
            note => note.Contains("compose.secrets.yaml", StringComparison.Ordinal)
        );
        Assert.EndsWith(
            "services: {api: {environment: {DB_PASSWORD: !reset null, DB_PASSWORD_FILE: /run/secrets/db-password/value}, "
                + "labels: {sevensa.secret.db-password: api/db-password, sevensa.secret.db-password.on-change: restart}, "
                + "volumes: [\"/run/sevensa-secrets/rentguy/api/db-password:/run/secrets/db-password:ro\"]}}",
            patch,
            StringComparison.Ordinal
        );
        Assert.Equal("service.rollback", Undoing.Of(proposal)!.Kind);
    }

    [Fact]
    public async Task Files_and_a_label_that_are_there_already_are_used()
    {
        Change(facts =>
            facts with
            {
                Labels = new Dictionary<string, string> { ["sevensa.secret.db"] = Path },
                Isolation = Mounting(
                    new MountedPlace("bind", "/run/sevensa-secrets/rentguy", "/secrets", false, "rprivate")
                ),
            }
        );
        var told = ToldOf(await yard.ProposeAsync(Kind, "api", Asked()));
        Assert.Equal(("/secrets/api/db-password", null), (told.Place, told.Label));
    }

    [Fact]
    public async Task A_place_and_a_label_of_the_same_name_are_left_to_whose_they_are()
    {
        Change(facts =>
            facts with
            {
                Labels = new Dictionary<string, string> { ["sevensa.secret.db-password"] = "worker/db-password" },
                Isolation = Mounting(
                    new MountedPlace("bind", "/srv/other", "/run/secrets/db-password", false, "rprivate")
                ),
            }
        );
        var told = ToldOf(await yard.ProposeAsync(Kind, "api", Asked()));
        Assert.Equal(("/run/secrets/api-db-password", "sevensa.secret.api-db-password"), (told.Place, told.Label));
    }

    [Fact]
    public async Task Without_a_health_check_it_is_a_high_risk()
    {
        Change(facts => facts with { Health = "none" });
        var proposal = await yard.ProposeAsync(Kind, "api", Asked());
        Assert.Equal(Risk.High, proposal.Risk);
        Assert.Contains(proposal.Estimate.Notes!, note => note.Contains("no health check", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_the_value_is_not_in_vault_yet_nothing_is_planned()
    {
        kept.Why = "There is no secret api/db-password in Vault.";
        Assert.Contains("no secret", await yard.RefusedAsync(Kind, "api", Asked()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_host_does_not_hand_it_out_it_is_said_how()
    {
        Assert.Contains(
            "does not hand out rentguy/worker/smtp",
            await yard.RefusedAsync(
                Kind,
                "api",
                new
                {
                    variable = "DB_PASSWORD",
                    path = "worker/smtp",
                    key = "password",
                }
            ),
            StringComparison.Ordinal
        );
        yard.Shop.Fleet.Handed = null;
        Assert.Contains(
            "hands out no secrets",
            await yard.RefusedAsync(Kind, "api", Asked()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_runner_that_is_too_old_for_it_is_named()
    {
        yard.Shop.Fleet.Kinds = [.. yard.Shop.Fleet.Kinds.Where(kind => kind != StepVerbs.ContainerUnexpose)];
        Assert.Contains(
            "can't do container.unexpose",
            await yard.RefusedAsync(Kind, "api", Asked()),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"variable":"API_KEY"}""", "has a variable API_KEY")]
    [InlineData("{}", "variable of secret.unexpose is missing")]
    [InlineData("""{"variable":"DB_PASSWORD","fileVariable":"DB_PASSWORD"}""", "no name of another variable")]
    [InlineData("""{"variable":"DB_PASSWORD","fileVariable":"LOG_LEVEL"}""", "has a variable LOG_LEVEL already")]
    [InlineData("""{"variable":"DB_PASSWORD","path":"api/../../witcom/x"}""", "no path of a secret")]
    [InlineData("""{"variable":"DB_PASSWORD","key":"../x"}""", "no key")]
    [InlineData("""{"variable":"DB_PASSWORD","value":"hunter2"}""", "not a parameter of secret.unexpose")]
    public async Task What_is_asked_for_wrongly_is_refused_in_words(string parameters, string said)
    {
        var refusal = await yard.RefusedAsync(Kind, "api", JsonSerializer.Deserialize<JsonElement>(parameters));
        Assert.Contains(said, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refusal, StringComparison.Ordinal);
    }

    /// <summary>A keeper of secrets that says what it is told to.</summary>
    private sealed class Kept : IKeptSecrets
    {
        public string? Why { get; set; }

        public KeptPlace? PlaceOf(string tenant, string service, string variable) =>
            new($"{service}/{variable.ToLowerInvariant().Replace('_', '-')}", "value");

        public Task<string?> WhyNotAsync(
            TenantScope scope,
            string tenant,
            string path,
            CancellationToken cancellation
        ) => Task.FromResult(Why);
    }
}
