using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Engine;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A policy that scales by a forecast: before the daily peak, never below what the load now needs, and never on what is no forecast.</summary>
public sealed class ForecastPolicyTests
{
    private const string Query = "sum by (service) (rate(requests_total[5m]))";

    [Fact]
    public async Task Over_two_days_it_scales_before_the_peak_and_never_below_what_the_load_needs()
    {
        await using var game = new Game();
        var policy = await game.Shop.EnforcedAsync(Wish());
        var seen = new List<(DateTimeOffset At, double Load, int Running)>();
        await game.LookAsync(TimeSpan.FromDays(2), seen);
        Assert.True(game.Shop.Done <= 2 * 8, $"{game.Shop.Done} actions");
        Assert.Equal((1, 4), (seen.Min(one => one.Running), seen.Max(one => one.Running)));
        // From the first look on that had a budget to act with.
        Assert.All(
            seen.Skip(12),
            one => Assert.True(one.Running * 50 >= one.Load - 12, $"{one.At}: {one.Load} on {one.Running}")
        );
        // As many as the peak needs run an hour before the load needs them.
        var needed = seen.Where(one => one.At.Day == 2 && one.At.Hour < 12 && one.Load > 150).MinBy(one => one.At).At;
        Assert.True(seen.Last(one => one.At <= needed.AddMinutes(-30)).Running == 4);
        var acted = await game.Shop.EvaluationsAsync(policy.Id!);
        Assert.All(
            acted.Where(one => one.Verdict == PolicyVerdict.Acted),
            one => Assert.Contains("is expected by", one.Words, StringComparison.Ordinal)
        );
        Assert.Equal(PolicyStage.Enforced, (await game.Shop.FindAsync(policy.Id!)).Stage);
        var view = await game.Desk.OfAsync(Callers.Viewer, policy.Id!, default);
        Assert.Null(view.Untold);
        Assert.Equal(view.Wanted, view.Running);
        Assert.InRange(view.Error!.Coverage, 0.85, 1);
        Assert.InRange(view.Kept.Count, 2, 3);
        Assert.Equal(96, view.Past.Count);
        Assert.All(view.Points, point => Assert.True(point.Lower <= point.Mean && point.Mean <= point.Upper));
        // What it cost: as many more containers, for as long, as really ran.
        var effect = await game.Shop.Effects.OfAsync(Callers.Viewer, policy.Id!, default);
        var more = seen.Zip(seen.Skip(1))
            .Sum(pair => (pair.First.Running - 1) * (pair.Second.At - pair.First.At).TotalHours);
        Assert.InRange(effect.ContainerHours!.Value, more - 1, more + 1);
        Assert.Equal(game.Shop.Done, effect.Acted);
    }

    [Fact]
    public async Task In_shadow_it_scales_nothing()
    {
        await using var game = new Game();
        var policy = await game.Shop.ShadowAsync(Wish());
        await game.LookAsync(TimeSpan.FromHours(4));
        Assert.Equal(0, game.Shop.Done);
        Assert.Contains(
            await game.Shop.EvaluationsAsync(policy.Id!),
            one => one.Verdict == PolicyVerdict.WouldAct && one.Value == 4
        );
    }

    [Theory]
    [InlineData("no history", "no data of its load.")]
    [InlineData("little history", "wants 3")]
    [InlineData("stale history", "for the last")]
    [InlineData("worse", "worse than")]
    [InlineData("no load now", "no data of its load now")]
    [InlineData("no number now", "no data of its load now")]
    [InlineData("stale now", "another time")]
    [InlineData("upstream away", "connection refused")]
    [InlineData("host away", "not connected")]
    [InlineData("none runs", "none to make others like")]
    [InlineData("another tenant", "no data of its load.")]
    [InlineData("two hosts", "runs on vps-1 and h2")]
    [InlineData("too many series", "5000 series")]
    public async Task On_what_can_not_be_told_it_does_nothing_and_says_why(string fault, string why)
    {
        await using var game = new Game();
        var random = new Random(3);
        var metrics = game.Shop.Metrics;
        switch (fault)
        {
            case "no history":
                metrics.Past = (_, _, _, _) => [];
                break;
            case "little history":
                metrics.Past = (_, _, to, step) => game.Series(to.AddDays(-2), to, step);
                break;
            case "stale history":
                metrics.Past = (_, from, to, step) => game.Series(from, to.AddHours(-2), step);
                break;
            case "worse":
                metrics.Past = (_, from, to, step) =>
                    game.Series(
                        from,
                        to,
                        step,
                        at => at < to.AddDays(-3) ? random.NextDouble() * 200 : Turned(at.TimeOfDay.TotalMinutes)
                    );
                break;
            case "no load now":
                metrics.Present = at => ScriptedMetrics.Of(at, ("worker", 500));
                break;
            case "no number now":
                metrics.Present = at => ScriptedMetrics.Of(at, ("api", double.NaN));
                break;
            case "stale now":
                metrics.Present = at => ScriptedMetrics.Of(at.AddHours(-1), ("api", 500));
                break;
            case "upstream away":
                metrics.Present = _ =>
                    throw new UpstreamException("Prometheus", UpstreamFault.Unreachable, "connection refused");
                break;
            case "host away":
                game.Shop.Shop.Fleet.Put(
                    "rentguy",
                    "api",
                    "rentguy-api-9",
                    new string('9', 64),
                    host: "h2",
                    connected: false
                );
                break;
            case "two hosts":
                game.Shop.Shop.Fleet.Put("rentguy", "api", "rentguy-api-9", new string('9', 64), host: "h2");
                break;
            case "too many series":
                metrics.Series = 5000;
                break;
            case "none runs":
                game.Shop.Shop.Fleet.Change(Game.First, facts => facts with { State = "exited", ExitCode = 1 });
                break;
            default:
                metrics.Past = (_, from, to, step) =>
                    [.. game.Series(from, to, step).Select(one => one with { Labels = Labels("api", "witcom") })];
                break;
        }
        var policy = await game.Shop.EnforcedAsync(Wish(lasting: "0s"));
        await game.LookAsync(TimeSpan.FromHours(2));
        Assert.Equal(0, game.Shop.Done);
        Assert.Contains(
            why,
            Assert
                .Single(await game.Shop.EvaluationsAsync(policy.Id!), one => one.Verdict == PolicyVerdict.Missing)
                .Words,
            StringComparison.Ordinal
        );
        Assert.Contains(
            why,
            (await game.Desk.OfAsync(Callers.Viewer, policy.Id!, default)).Untold,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_each_container_has_of_the_load_is_added_up()
    {
        await using var game = new Game();
        game.Scale(4);
        game.Shop.Metrics.Present = at =>
            ScriptedMetrics.Of(at, ("api", 45), ("api", 45), ("api", 45), ("worker", 500), ("api", 45));
        var whole = game.Shop.Metrics.Past;
        game.Shop.Metrics.Past = (query, from, to, step) =>
            [
                .. Enumerable.Repeat(
                    whole(query, from, to, step)[0] with
                    {
                        Values = [.. whole(query, from, to, step)[0].Values.Select(value => value / 4)],
                    },
                    4
                ),
            ];
        var policy = await game.Shop.EnforcedAsync(Wish(lasting: "0s"));
        var view = await game.Desk.OfAsync(Callers.Viewer, policy.Id!, default);
        Assert.Null(view.Untold);
        Assert.Equal(180, view.Present);
        Assert.Equal(4, view.Running);
        Assert.InRange(view.Wanted!.Value, 4, 6);
        Assert.InRange(view.Past.Max(one => one.Value!.Value), 150, 220);
        await game.LookAsync(TimeSpan.FromMinutes(30));
        Assert.Equal(0, game.Shop.Done);
    }

    [Fact]
    public async Task On_the_host_that_it_names_it_counts_and_scales_what_runs_there()
    {
        await using var game = new Game();
        for (var number = 7; number <= 9; number++)
        {
            var id = new string((char)('0' + number), 64);
            game.Shop.Shop.Fleet.Put("rentguy", "api", $"rentguy-api-{number}", id, host: "h2");
        }
        var policy = await game.Shop.ShadowAsync(
            Wish(lasting: "0s") with
            {
                Action = new ActionWish(
                    "service.scale",
                    null,
                    JsonElement.Parse("{\"shareVolumes\": true, \"host\": \"vps-1\"}")
                ),
            }
        );
        Assert.Equal(1, (await game.Desk.OfAsync(Callers.Viewer, policy.Id!, default)).Running);
        await game.LookAsync(TimeSpan.FromMinutes(10));
        Assert.Contains(
            "where 1 run on vps-1",
            (await game.Shop.EvaluationsAsync(policy.Id!))[^1].Words,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(1, nameof(ShadowAgreement.Other))]
    [InlineData(3, nameof(ShadowAgreement.Same))]
    public async Task A_person_who_scales_the_other_way_agrees_with_nothing(int replicas, string agreement)
    {
        await using var game = new Game();
        game.Scale(2);
        // Four are wanted, up to the peak at noon.
        game.Shop.Metrics.Present = at => ScriptedMetrics.Of(at, ("api", 190));
        var policy = await game.Shop.ShadowAsync(Wish(lasting: "0s", cooldown: "3h"));
        await game.LookAsync(TimeSpan.FromMinutes(5));
        var would = Assert.Single(await game.Shop.EvaluationsAsync(policy.Id!));
        Assert.Equal(PolicyVerdict.WouldAct, would.Verdict);
        Assert.Equal(4, would.Value);
        var deed = await game.Shop.Shop.ProposeAsync(
            "service.scale",
            "service:api",
            $$"""{"replicas": {{replicas}}, "shareVolumes": true}"""
        );
        await game.Shop.Shop.ApproveAsync(deed);
        await game.Shop.SettledAsync();
        game.Shop.Advance(TimeSpan.FromMinutes(65));
        await game.LookAsync(TimeSpan.FromMinutes(5));
        Assert.Equal(agreement, (await game.Shop.EvaluationsAsync(policy.Id!))[^1].Agreement.ToString());
        // Beside an act of a backtest it is told alike: what ran is what it began with, and what it left.
        var (definition, done) = (
            (await game.Shop.Store.FindAsync(policy.Id!, default))!.Definition,
            await game.Shop.Shop.FindAsync(deed.Id)
        );
        Assert.Equal(replicas == 3, ProposalsOf.IsAlike(done, definition, 5, would.At));
        Assert.False(ProposalsOf.IsAlike(done, definition, replicas == 3 ? 2 : 4, done.EndedAt!.Value.AddMinutes(1)));
    }

    [Fact]
    public async Task Many_who_look_at_once_share_one_question()
    {
        await using var game = new Game();
        var policy = await game.Shop.Desk.AddAsync(Callers.Operator, Wish(), default);
        for (var viewer = 0; viewer < 5; viewer++)
        {
            await game.Desk.OfAsync(Callers.Viewer, policy.Id!, default);
        }
        Assert.Equal(1, game.Shop.Metrics.Asked);
        game.Shop.Advance(TimeSpan.FromSeconds(6));
        await game.Desk.OfAsync(Callers.Viewer, policy.Id!, default);
        Assert.Equal(2, game.Shop.Metrics.Asked);
    }

    [Fact]
    public async Task A_long_past_is_asked_for_in_pieces()
    {
        await using var game = new Game();
        var to = LoadHistory.Last(game.Shop.Now);
        var values = await game
            .Shop.Shop.Services.GetRequiredService<LoadHistory>()
            .ReadAsync(
                game.Shop.Shop.Services.GetRequiredService<ITenantScopes>().ForSystem("rentguy"),
                Query,
                "api",
                to.AddDays(-125),
                to,
                default
            );
        Assert.Equal(125 * 96 + 1, values.Length);
        Assert.DoesNotContain(values, double.IsNaN);
        Assert.Equal(2, game.Shop.Metrics.Pieces.Count);
        Assert.All(
            game.Shop.Metrics.Pieces,
            piece => Assert.InRange((piece.To - piece.From) / LoadHistory.Step, 1, 10_999)
        );
    }

    [Fact]
    public async Task Whatever_words_it_was_given_the_plan_says_what_it_is_made_of()
    {
        await using var game = new Game();
        var wish = Wish();
        var policy = await game.Shop.ShadowAsync(
            wish with
            {
                Trigger = wish.Trigger! with { Words = "the morning peak comes" },
            }
        );
        var asked = await game.Shop.Course.PromoteAsync(
            Callers.Admin,
            policy.Id!,
            null,
            null,
            "api",
            default,
            waive: true
        );
        var looks = (await game.Shop.Shop.FindAsync(asked.Proposal!.Id)).Plan.Changes.Single(change =>
            change.What == "looks at"
        );
        Assert.Contains(Query, looks.After, StringComparison.Ordinal);
        Assert.Contains("50 each, from 1 to 6", looks.After, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_load_that_jumps_up_and_down_around_an_edge_does_not_scale_up_and_down()
    {
        await using var game = new Game();
        await game.Shop.EnforcedAsync(Wish(lasting: "10m", cooldown: "0s", perHour: 20, perDay: 100));
        // At night one is enough of the three that run; each other look says that five are.
        game.Scale(3);
        game.Shop.Metrics.Present = at => ScriptedMetrics.Of(at, ("api", at.Minute / 5 % 2 == 0 ? 240 : 15));
        game.Shop.Advance(TimeSpan.FromHours(13));
        await game.LookAsync(TimeSpan.FromHours(3));
        Assert.Equal(0, game.Shop.Done);
    }

    [Fact]
    public async Task It_is_tried_on_the_past()
    {
        await using var game = new Game();
        var policy = await game.Shop.Desk.AddAsync(Callers.Operator, Wish(), default);
        var result = await game.Shop.Desk.BacktestAsync(Callers.Viewer, policy.Id!, 5, default);
        // Up and down once a day by one or two each time.
        Assert.InRange(result.Acted, 10, 40);
        Assert.Contains(result.Acts, act => act.Value == 4 && act.At.Hour < 11);
        Assert.Contains(result.Notes, note => note.Contains("budget or none", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_says_what_it_does_and_what_it_says_can_be_sent_back()
    {
        await using var game = new Game();
        var policy = await game.Shop.Desk.AddAsync(Callers.Operator, Wish(), default);
        Assert.Contains("the next 1 hour", policy.Sentence, StringComparison.Ordinal);
        Assert.Contains("from 1 to 6", policy.Sentence, StringComparison.Ordinal);
        Assert.False(policy.Outcome.Cleared);
        var sent = JsonSerializer.Deserialize<PolicyWish>(
            JsonSerializer.Serialize(policy, JsonSerializerOptions.Web),
            JsonSerializerOptions.Web
        )!;
        var back = await game.Shop.Desk.ChangeAsync(
            Callers.Operator,
            policy.Id!,
            sent with
            {
                Version = null,
            },
            default
        );
        Assert.Equal((1, policy.Sentence), (back.Version, back.Sentence));
        var plain = await game.Shop.Desk.AddAsync(Callers.Operator, PolicyShop.Wish(), default);
        await Assert.ThrowsAsync<PolicyConflictException>(() => game.Desk.OfAsync(Callers.Viewer, plain.Id!, default));
    }

    [Theory]
    [InlineData("services")]
    [InlineData("action.kind")]
    [InlineData("action.target")]
    [InlineData("action.parameters.replicas")]
    [InlineData("outcome.cleared")]
    [InlineData("trigger.query")]
    [InlineData("trigger.scale")]
    [InlineData("trigger.scale.perReplica")]
    [InlineData("trigger.scale.max")]
    [InlineData("trigger.scale.season")]
    [InlineData("trigger.scale.days")]
    [InlineData("trigger.scale.slack")]
    public async Task What_makes_no_such_policy_is_refused_at_its_place(string at)
    {
        await using var game = new Game();
        var (good, scale) = (Wish(), new ScaleWish(50, 1, 6));
        var bad = at switch
        {
            "services" => good with { Services = ["api", "worker"] },
            "action.kind" => good with { Action = new ActionWish("container.restart") },
            "action.target" => good with { Action = good.Action! with { Target = "service:db" } },
            "action.parameters.replicas" => good with
            {
                Action = new ActionWish("service.scale", null, JsonElement.Parse("{\"replicas\": 3}")),
            },
            "outcome.cleared" => good with { Outcome = new OutcomeWish("1m", true) },
            "trigger.query" => good with { Trigger = good.Trigger! with { Query = Query + " > 5" } },
            "trigger.scale" => Scaled(null),
            "trigger.scale.perReplica" => Scaled(scale with { PerReplica = 0 }),
            "trigger.scale.max" => Scaled(scale with { Min = 7 }),
            "trigger.scale.season" => Scaled(scale with { Season = "36h" }),
            "trigger.scale.days" => Scaled(scale with { Days = 14, Season = "7d" }),
            _ => Scaled(scale with { Slack = -1 }),
        };
        var unfit = await Assert.ThrowsAsync<UnfitPolicyException>(() =>
            game.Shop.Desk.AddAsync(Callers.Operator, bad, default)
        );
        Assert.Equal(at, unfit.At);

        PolicyWish Scaled(ScaleWish? other) => good with { Trigger = good.Trigger! with { Scale = other } };
    }

    private static double Turned(double minute) => 100 + 80 * Math.Sin(2 * Math.PI * 7 * minute / 1440);

    private static Dictionary<string, string> Labels(string service, string tenant) =>
        new() { ["service"] = service, ["tenant"] = tenant };

    private static PolicyWish Wish(string lasting = "10m", string cooldown = "15m", int perHour = 3, int perDay = 8) =>
        PolicyShop.Wish(lasting: lasting, cooldown: cooldown, perHour: perHour, perDay: perDay) with
        {
            Name = "Before the peak",
            Trigger = new TriggerWish(TriggerKind.Forecast, Query, Scale: new ScaleWish(50, 1, 6)),
            Action = new ActionWish("service.scale", null, JsonElement.Parse("{\"shareVolumes\": true}")),
            Outcome = null,
        };

    /// <summary>A service with a daily peak at noon, on a host that scales as it is told.</summary>
    private sealed class Game : IAsyncDisposable
    {
        public static readonly string First = new('a', 64);
        private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

        public Game()
        {
            Shop = new PolicyShop(add: services =>
            {
                services.AddSingleton(Options.Create(new AutomationOptions { EverySeconds = (int)Every.TotalSeconds }));
                services.AddSingleton<PlanBench>();
                services.AddSingleton<IActionKind, ServiceScale>();
            });
            Shop.Metrics.Past = (_, from, to, step) => Series(from, to, step);
            Shop.Metrics.Present = at => ScriptedMetrics.Of(at, ("api", Load(at)));
            var done = Shop.Shop.Link.OnDeliver;
            Shop.Shop.Link.OnDeliver = action =>
            {
                if (action.Plan.Kind == "service.scale")
                {
                    Scale(int.Parse(action.Plan.Changes[0].After!, System.Globalization.CultureInfo.InvariantCulture));
                }
                return done(action);
            };
        }

        public PolicyShop Shop { get; }
        public ForecastDesk Desk => Shop.Shop.Services.GetRequiredService<ForecastDesk>();

        public int Running =>
            Shop.Shop.Fleet.ContainersOf("rentguy").Count(one => one.Facts is { Service: "api", State: "running" });

        public async Task LookAsync(TimeSpan span, List<(DateTimeOffset, double, int)>? seen = null)
        {
            for (var end = Shop.Now + span; Shop.Now < end; Shop.Advance(Every))
            {
                await Shop.Engine.LookAsync(CancellationToken.None);
                await Shop.SettledAsync();
                seen?.Add((Shop.Now, Load(Shop.Now), Running));
            }
        }

        public IReadOnlyList<MetricSeries> Series(
            DateTimeOffset from,
            DateTimeOffset to,
            TimeSpan step,
            Func<DateTimeOffset, double>? load = null
        )
        {
            List<double> times = [],
                values = [];
            for (var at = from; at <= to; at += step)
            {
                times.Add(at.ToUnixTimeSeconds());
                values.Add((load ?? Load)(at));
            }
            return [new MetricSeries(Labels("api", "rentguy"), [.. times], [.. values])];
        }

        public ValueTask DisposeAsync() => Shop.DisposeAsync();

        /// <summary>The same whenever it is asked for: noise of some requests that a moment has for ever.</summary>
        private static double Load(DateTimeOffset at) =>
            Math.Max(
                0,
                SeasonalForecastTests.Load(at.TimeOfDay.TotalMinutes)
                    + 3 * Math.Sin(at.ToUnixTimeSeconds() * 12.9898 % 1000)
            );

        public void Scale(int replicas)
        {
            for (var number = 2; number <= 9; number++)
            {
                var id = new string((char)('0' + number), 64);
                if (number <= replicas)
                {
                    Shop.Shop.Fleet.Put("rentguy", "api", $"rentguy-api-{number}", id);
                }
                else
                {
                    Shop.Shop.Fleet.Remove(id);
                }
            }
        }
    }
}
