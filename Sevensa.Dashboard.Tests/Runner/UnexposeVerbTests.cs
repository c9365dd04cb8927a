using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Actions;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>A container in its own place with a secret as a file instead of a variable, whose value is told to nobody.</summary>
public sealed class UnexposeVerbTests : IAsyncDisposable
{
    private const string Image = "sha256:1111";
    private const string Value = "hunter2-and-more";

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 30, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeEngine engine;
    private readonly HandedFilesStub files;
    private readonly Desk desk;

    public UnexposeVerbTests()
    {
        engine = new FakeEngine(time);
        files = new HandedFilesStub(engine);
        files.Values["rentguy/api/db-password/value"] = Value;
        desk = new Desk(engine: engine, time: time, files: files);
    }

    public ValueTask DisposeAsync() => desk.DisposeAsync();

    private static readonly UnexposeArguments Wanted = new(
        "DB_PASSWORD",
        "api/db-password",
        "value",
        "DB_PASSWORD_FILE",
        "/run/secrets/db-password",
        "sevensa.secret.db-password",
        GraceSeconds: 3,
        SteadySeconds: 0
    );

    private ContainerFacts Api(JsonArray? environment = null, JsonArray? binds = null, JsonArray? mounts = null)
    {
        desk.Works.AddImage(Image, "rentguy/api:2.4.1");
        var container = engine.Add("rentguy-api-1");
        desk.Works.Describe(
            container.Id,
            new JsonObject
            {
                ["Image"] = Image,
                ["Config"] = new JsonObject
                {
                    ["Image"] = "rentguy/api:2.4.1",
                    ["Env"] = environment ?? ["LOG_LEVEL=info", $"DB_PASSWORD={Value}", "PATH=/bin"],
                    ["Labels"] = new JsonObject { ["sevensa.tenant"] = "rentguy" },
                },
                ["HostConfig"] = new JsonObject { ["NetworkMode"] = "none", ["Binds"] = binds },
                ["Mounts"] = mounts,
            }
        );
        return container;
    }

    private static ActionPlan Plan(ContainerFacts container, UnexposeArguments arguments) =>
        Samples.Plan(
            "p1",
            "secret.unexpose",
            [new PlanStep(1, StepVerbs.ContainerUnexpose, container.Id, "Take it out", StepJson.Of(arguments))],
            new PlanVerification(VerificationKinds.Running, 5, "running"),
            new PlanUndo(UndoKinds.Reverse, "the former containers are put back"),
            container
        );

    /// <summary>All that is told and written down of it.</summary>
    private async Task<string> TextAsync(ActionOutcome outcome)
    {
        await using var journal = new FileStream(
            Path.Combine(desk.Folder, Journal.FileName),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite
        );
        using var reader = new StreamReader(journal);
        var written = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        return string.Join("\n", [outcome.Text, written, .. engine.Calls]);
    }

    [Fact]
    public async Task The_variable_is_gone_the_file_is_mounted_and_all_else_is_as_it_was()
    {
        var former = Api(binds: ["/srv/data:/data:rw"]);

        var outcome = await desk.RunAsync(Plan(former, Wanted));

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var now = Assert.Single(engine.Containers.Values);
        Assert.NotEqual(former.Id, now.Id);
        var body = desk.Works.BodyOf(now.Id);
        Assert.Equal(
            ["LOG_LEVEL=info", "PATH=/bin", "DB_PASSWORD_FILE=/run/secrets/db-password/value"],
            body["Config"]!["Env"]!.AsArray().Select(pair => pair!.GetValue<string>())
        );
        Assert.Equal(
            ["/srv/data:/data:rw", "/run/sevensa-secrets/rentguy/api/db-password:/run/secrets/db-password:ro"],
            body["HostConfig"]!["Binds"]!.AsArray().Select(bind => bind!.GetValue<string>())
        );
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    """
                    {
                      "sevensa.tenant": "rentguy", "sevensa.secret.db-password": "api/db-password",
                      "sevensa.secret.db-password.on-change": "restart"
                    }
                    """
                ),
                body["Config"]!["Labels"]
            ),
            body["Config"]!["Labels"]!.ToJsonString()
        );
        Assert.DoesNotContain(Value, await TextAsync(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_does_not_come_up_without_the_variable_gives_its_place_back()
    {
        var former = Api();
        engine.Started = facts =>
            facts with
            {
                State = "running",
                Health = facts.Id == former.Id ? "none" : "unhealthy",
            };

        var outcome = await desk.RunAsync(Plan(former, Wanted));

        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        var now = Assert.Single(engine.Containers.Values);
        Assert.Equal((former.Id, "rentguy-api-1", "running"), (now.Id, now.Name, now.State));
    }

    [Theory]
    [InlineData("another value", "another value than DB_PASSWORD", "valueDiffers")]
    [InlineData(Value + "\n", "line ends", "valueDiffers")]
    [InlineData("", "Write it there first", "keyMissing")]
    public async Task A_file_that_holds_anything_else_stops_nothing_and_neither_value_is_told(
        string kept,
        string said,
        string code
    )
    {
        files.Values["rentguy/api/db-password/value"] = kept;
        var former = Api();

        var outcome = await desk.RunAsync(Plan(former, Wanted));

        Assert.Equal((ProposalState.Failed, code), (outcome.State, outcome.Code));
        Assert.Contains(said, outcome.Text, StringComparison.Ordinal);
        Assert.Equal("running", Assert.Single(engine.Containers.Values).State);
        Assert.Empty(engine.Calls);
        var text = await TextAsync(outcome);
        Assert.DoesNotContain(Value, text, StringComparison.Ordinal);
        Assert.True(kept.Length == 0 || !text.Contains($"\"{kept}\"", StringComparison.Ordinal), text);
    }

    [Fact]
    public async Task Another_value_on_purpose_is_taken()
    {
        files.Values["rentguy/api/db-password/value"] = "changed on purpose";
        var outcome = await desk.RunAsync(Plan(Api(), Wanted with { Differs = true }));
        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
    }

    [Fact]
    public async Task Files_that_are_mounted_already_are_not_mounted_again()
    {
        var mounts = JsonNode.Parse(
            """[{"Type": "bind", "Source": "/run/sevensa-secrets/rentguy", "Destination": "/secrets"}]"""
        )!;
        var former = Api(binds: ["/run/sevensa-secrets/rentguy:/secrets:ro"], mounts: mounts.AsArray());

        var outcome = await desk.RunAsync(
            Plan(former, Wanted with { Place = "/secrets/api/db-password", Label = null })
        );

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var body = desk.Works.BodyOf(Assert.Single(engine.Containers.Keys));
        Assert.Equal(
            "/run/sevensa-secrets/rentguy:/secrets:ro",
            Assert.Single(body["HostConfig"]!["Binds"]!.AsArray())!.GetValue<string>()
        );
    }

    public static TheoryData<string[], string?, string> Untakable =>
        new()
        {
            { ["LOG_LEVEL=info"], null, "variableMissing" },
            { [$"DB_PASSWORD={Value}", "DB_PASSWORD_FILE=/old"], null, "variableTaken" },
            { [$"DB_PASSWORD={Value}"], "/srv/secrets:/run/secrets:ro", "placeTaken" },
            { [$"DB_PASSWORD={Value}"], "/srv/one:/run/secrets/db-password/value:ro", "placeTaken" },
        };

    [Theory]
    [MemberData(nameof(Untakable))]
    public async Task What_would_lose_something_is_not_done(string[] environment, string? bind, string code)
    {
        var former = Api([.. environment.Select(pair => (JsonNode)pair)], bind is null ? null : [bind]);
        var outcome = await desk.RunAsync(Plan(former, Wanted));
        Assert.Equal((ProposalState.Failed, code), (outcome.State, outcome.Code));
        Assert.Equal(former.Id, Assert.Single(engine.Containers.Keys));
    }

    [Fact]
    public async Task A_variable_of_the_image_would_be_there_again()
    {
        var former = Api();
        desk.Works.Images[Image]["Config"] = new JsonObject { ["Env"] = new JsonArray("DB_PASSWORD=default") };
        var outcome = await desk.RunAsync(Plan(former, Wanted));
        Assert.Equal((ProposalState.Failed, "inImage"), (outcome.State, outcome.Code));
    }

    public static TheoryData<UnexposeArguments, string> Refusable =>
        new()
        {
            { Wanted with { Path = "worker/smtp" }, "none of the secrets that this host hands out" },
            { Wanted with { Path = "../witcom/api" }, "no path of a secret" },
            { Wanted with { Key = "../../../etc/shadow" }, "no key" },
            { Wanted with { Variable = "DB PASSWORD" }, "no name of a variable" },
            { Wanted with { FileVariable = "DB_PASSWORD" }, "no name of another variable" },
            { Wanted with { Place = "/run/../etc" }, "no folder" },
            { Wanted with { Label = "sevensa.tenant" }, "no label of a secret" },
        };

    [Theory]
    [MemberData(nameof(Refusable), DisableDiscoveryEnumeration = true)]
    public async Task What_leads_elsewhere_is_refused_before_anything_is_done(UnexposeArguments arguments, string said)
    {
        var delivery = await desk.DeliverAsync(Plan(Api(), arguments));
        await desk.IdleAsync();
        var refusal = delivery.Refusal ?? desk.Journal.Find("p1")?.Outcome?.Outcome?.Text;
        Assert.Contains(said, refusal, StringComparison.Ordinal);
        Assert.Empty(engine.Calls);
    }

    [Fact]
    public async Task A_place_that_is_none_of_secrets_is_not_covered()
    {
        var outcome = await desk.RunAsync(Plan(Api(), Wanted with { Place = "/etc" }));
        Assert.Equal((ProposalState.Failed, "placeTaken"), (outcome.State, outcome.Code));
    }

    [Fact]
    public async Task A_host_that_hands_out_nothing_does_not_know_the_verb()
    {
        await using var bare = new Desk();
        Assert.False(bare.Bench.Verbs.Knows(StepVerbs.ContainerUnexpose));
        Assert.True(desk.Bench.Verbs.Knows(StepVerbs.ContainerUnexpose));
    }
}
