using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>Sentences as operators write them: read whole and rightly, or told what of them is not understood.</summary>
public sealed partial class SentenceReaderTests
{
    [Theory]
    [InlineData(
        "Restart the RentGuy api when it has been unhealthy for 5 minutes, no more than 3 times a day",
        "rentguy/api container.restart container unhealthy 5m 3"
    )]
    [InlineData(
        "bounce the RentGuy worker whenever its health check fails, max 2 times per day",
        "rentguy/worker container.restart container unhealthy - 2"
    )]
    [InlineData(
        "If the RentGuy web is not running for 2 minutes, start it, at most 3 times a day",
        "rentguy/web container.start container stopped 2m 3"
    )]
    [InlineData(
        "start the RentGuy web when it stops running, at most once a day",
        "rentguy/web container.start container stopped - 1"
    )]
    [InlineData(
        "roll back the RentGuy api when it restarts more than 3 times in 10 minutes, at most once a day",
        "rentguy/api service.rollback container crashLoop - 1"
    )]
    [InlineData(
        "restart the RentGuy api when it runs out of memory, at most twice a day",
        "rentguy/api container.restart container outOfMemory - 2"
    )]
    [InlineData(
        "restart the RentGuy worker when it is oom-killed, not more than once per hour",
        "rentguy/worker container.restart container outOfMemory - 24"
    )]
    [InlineData(
        "restart the RentGuy api when p95 latency stays above 2 seconds for 10 minutes, at most 2 times a day, only at night",
        "rentguy/api container.restart metric 10m 2"
    )]
    [InlineData(
        "scale the RentGuy web to 4 containers when its cpu is above 3 cores for 15 minutes, at most 4 times a day",
        "rentguy/web service.scale metric 15m 4"
    )]
    [InlineData(
        "restart RentGuy worker every sunday at 4 am, at most once a day",
        "rentguy/worker container.restart schedule - 1"
    )]
    [InlineData(
        "restart the RentGuy worker every hour between 08:00 and 18:00, at most 10 times a day",
        "rentguy/worker container.restart schedule - 10"
    )]
    [InlineData(
        "restart the RentGuy api when the alert TargetDown is firing for 10 minutes, at most once a day",
        "rentguy/api container.restart alert 10m 1"
    )]
    [InlineData(
        "restart the RentGuy api when the logs show more than 50 errors in 10 minutes, at most twice a day",
        "rentguy/api container.restart logs - 2"
    )]
    [InlineData(
        "restart the RentGuy worker when its queue has more than 500 jobs for a quarter of an hour, at most twice a day",
        "rentguy/worker container.restart metric 15m 2"
    )]
    [InlineData(
        "roll back the RentGuy web after a failed deployment, at most once a day",
        "rentguy/web service.rollback watch - 1"
    )]
    [InlineData(
        "restart traefik when its certificate expires in less than 14 days, at most once a day",
        "platform/traefik container.restart metric - 1"
    )]
    [InlineData(
        "herstart de RentGuy api als hij een kwartier ongezond is, hoogstens twee keer per dag",
        "rentguy/api container.restart container unhealthy 15m 2"
    )]
    [InlineData(
        "herstart de RentGuy worker als zijn wachtrij meer dan 200 berichten heeft, hoogstens drie keer per dag",
        "rentguy/worker container.restart metric - 3"
    )]
    [InlineData(
        "start de RentGuy web als hij niet draait, maximaal drie keer per dag",
        "rentguy/web container.start container stopped - 3"
    )]
    [InlineData(
        "draai de RentGuy api terug als hij blijft herstarten, hoogstens een keer per dag",
        "rentguy/api service.rollback container crashLoop - 1"
    )]
    [InlineData(
        "herstart de RentGuy api elke nacht om 4 uur, hoogstens een keer per dag",
        "rentguy/api container.restart schedule - 1"
    )]
    [InlineData(
        "herstart de RentGuy api als zijn geheugen meer dan 90% is, nooit tussen 9 uur en 17 uur, hoogstens een keer per dag",
        "rentguy/api container.restart metric - 1"
    )]
    public async Task What_an_operator_says_is_read_as_it_is_meant(string text, string meant)
    {
        var read = await ReadAsync(text, names: ["up", "rentguy_jobs_queue_length"]);
        Assert.Empty(read.Unread);
        Assert.Empty(read.Missing);
        var wish = read.Wish;
        var state = wish.Trigger!.State is { } trouble ? $" {Word(trouble)}" : "";
        Assert.Equal(
            meant,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{wish.Tenant}/{Assert.Single(wish.Services!)} {wish.Action!.Kind} {Word(wish.Trigger.Kind!)}{state} {wish.For ?? "-"} {wish.Budget!.PerDay}"
            )
        );

        static string Word(object name) => JsonNamingPolicy.CamelCase.ConvertName(name.ToString()!);
    }

    [Theory]
    [InlineData("restart the RentGuy api when it is not unhealthy, at most once a day")]
    [InlineData("restart the RentGuy api unless it is unhealthy")]
    [InlineData("restart the RentGuy api when it is unhealthy for less than 5 minutes")]
    [InlineData("restart the RentGuy api when its memory is below 20%")]
    [InlineData("restart the RentGuy api when its memory is 90% or less")]
    [InlineData("restart the RentGuy api when its disk is 10% free")]
    [InlineData("restart the RentGuy api and the web when it is unhealthy")]
    [InlineData("restart the RentGuy api and stop the worker when it is unhealthy")]
    [InlineData("when the RentGuy api is unhealthy, restart the web")]
    [InlineData("restart the RentGuy api when it is unhealthy for an hour and a half")]
    [InlineData("restart the RentGuy api when it is unhealthy for 1 hour and 30 minutes")]
    [InlineData("herstart de RentGuy api als hij een uur en een kwartier ongezond is")]
    [InlineData("restart the RentGuy api when it is unhealthy, at least twice a day")]
    [InlineData("restart the RentGuy api when it is unhealthy, at most once a week")]
    [InlineData("restart the RentGuy worker every other day at 03:00")]
    [InlineData("restart the RentGuy worker every first monday at 03:00")]
    [InlineData("restart the RentGuy api when it is unhealthy, except on sundays")]
    [InlineData("restart the RentGuy api when it is unhealthy or its memory is above 90%")]
    [InlineData("restart the RentGuy api when it is unhealthy, unless the worker is down")]
    [InlineData("restart the RentGuy api when it is unhealthy, but ask me first")]
    [InlineData("herstart de RentGuy api behalve als hij ongezond is")]
    [InlineData("herstart de RentGuy api als hij ongezond is, tenzij er een uitrol loopt")]
    [InlineData("stop the RentGuy web every friday at 18:00 and start it every monday at 08:00")]
    [InlineData("restart the best service when it is unhealthy")]
    public async Task What_an_operator_says_that_no_policy_can_say_is_never_read_as_less(string text)
    {
        var read = await ReadAsync(text, names: ["up", "rentguy_jobs_queue_length"]);
        // What is not understood keeps it from being enforced; what is missing keeps it from being a policy at all.
        Assert.True(read.Unread.Count + read.Missing.Count > 0, JsonSerializer.Serialize(read.Wish));
    }

    [Theory]
    [InlineData("every monday at 9 uur", "0 9 * * 1")]
    [InlineData("elke nacht om 4 uur", "0 4 * * *")]
    [InlineData("elke werkdag om 17u", "0 17 * * 1-5")]
    public async Task An_hour_is_read_with_its_word(string said, string cron)
    {
        var read = await ReadAsync($"restart RentGuy worker {said}, at most once a day");
        Assert.Empty(read.Unread);
        Assert.Equal(cron, read.Wish.Trigger?.Cron);
    }
}
