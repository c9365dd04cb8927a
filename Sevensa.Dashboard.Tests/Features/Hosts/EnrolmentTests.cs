using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

/// <summary>Who gets in, and who does not.</summary>
public sealed class EnrolmentTests : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => key.Dispose();

    private static HostFacts Facts(string name, int protocol = RunnerProtocol.Current) =>
        new(
            name,
            "0.1.0",
            protocol,
            "27.5.1",
            "1.47",
            "Debian",
            "6.1",
            "x86_64",
            4,
            1,
            "overlay2",
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
            []
        );

    private static HubConnection Connect(HubServer server, string? token) =>
        new HubConnectionBuilder()
            .WithUrl(
                new Uri(server.Address, RunnerHub.Path),
                options =>
                {
                    options.Transports = HttpTransportType.WebSockets;
                    options.SkipNegotiation = true;
                    options.AccessTokenProvider = () => Task.FromResult(token);
                }
            )
            .AddMessagePackProtocol()
            .Build();

    private async Task<Enrolled> EnrolAsync(HubServer server, string token, string name = "vps-1", ECDsa? with = null)
    {
        await using var connection = Connect(server, token);
        await connection.StartAsync();
        return await connection.InvokeAsync<Enrolled>(
            nameof(IRunnerHub.Enrol),
            new EnrolRequest(token, (with ?? key).ExportSubjectPublicKeyInfo(), Facts(name))
        );
    }

    private static async Task RefusedAsync(HubServer server, string? token)
    {
        await using var connection = Connect(server, token);
        var exception = await Assert.ThrowsAsync<WebSocketException>(() => connection.StartAsync());
        Assert.Contains("401", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_enrols_one_host_once()
    {
        await using var server = await HubServer.StartAsync();
        var issued = await server.Enrolments.IssueAsync(Callers.Admin, null, CancellationToken.None);
        var enrolled = await EnrolAsync(server, issued.Token);
        Assert.Equal(ActionKeyId.Of(enrolled.ActionKey), enrolled.ActionKeyId);
        Assert.Equal(HostPresence.Never, Assert.Single(server.Fleet.Hosts).Presence);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var refused = await Assert.ThrowsAsync<HubException>(() => EnrolAsync(server, issued.Token, "vps-2", other));
        Assert.Contains("was used", refused.Message, StringComparison.Ordinal);
        Assert.Contains(server.Audit.Rows, row => row.Action == "runner.tokenIssued" && row.Actor.Name == "Ada");
        Assert.Contains(server.Audit.Rows, row => row.Action == "runner.enrolled" && row.Target == "vps-1");
        Assert.Contains(server.Audit.Rows, row => row.Action == "runner.refused");
        Assert.DoesNotContain(
            server.Audit.Rows,
            row => row.ToString().Contains(issued.Token, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_host_that_lost_the_answer_gets_it_again_with_the_same_token_and_key()
    {
        await using var server = await HubServer.StartAsync();
        var issued = await server.Enrolments.IssueAsync(Callers.Admin, null, CancellationToken.None);
        var first = await EnrolAsync(server, issued.Token);
        server.Time.Advance(TimeSpan.FromMinutes(50));
        var again = await EnrolAsync(server, issued.Token);
        Assert.Equal((first.HostId, first.ActionKeyId), (again.HostId, again.ActionKeyId));
        Assert.Single(server.Audit.Rows, row => row.Action == "runner.enrolled");
        Assert.Single(server.Fleet.Hosts);
        await server.Enrolments.RevokeAsync(Callers.Admin, first.HostId, CancellationToken.None);
        await Assert.ThrowsAsync<HubException>(() => EnrolAsync(server, issued.Token));
        server.Time.Advance(TimeSpan.FromMinutes(11));
        await RefusedAsync(server, issued.Token);
    }

    [Fact]
    public async Task What_fails_before_the_host_is_there_does_not_cost_the_token()
    {
        await using var server = await HubServer.StartAsync();
        var issued = await server.Enrolments.IssueAsync(Callers.Admin, null, CancellationToken.None);
        server.Audit.OnAppend = entry =>
            entry.Action == "runner.enrolled"
                ? throw new AuditUnavailableException("The record can't be written.", new IOException("disk full"))
                : Task.CompletedTask;
        await Assert.ThrowsAsync<HubException>(() => EnrolAsync(server, issued.Token));
        Assert.Empty(server.Fleet.Hosts);
        using var hungUp = new CancellationTokenSource();
        server.Audit.OnAppend = entry => entry.Action == "runner.enrolled" ? hungUp.CancelAsync() : Task.CompletedTask;
        // Whoever asked is gone by then: the host is there all the same, and may ask again.
        var enrolled = await server.Enrolments.EnrolAsync(
            new EnrolRequest(issued.Token, key.ExportSubjectPublicKeyInfo(), Facts("vps-1")),
            hungUp.Token
        );
        Assert.Equal(enrolled.HostId, (await EnrolAsync(server, issued.Token)).HostId);
    }

    [Fact]
    public async Task A_host_that_the_record_told_of_and_that_did_not_come_is_told_of_again()
    {
        await using var server = await HubServer.StartAsync();
        var issued = await server.Enrolments.IssueAsync(Callers.Admin, null, CancellationToken.None);
        // Another dashboard on the same store takes the token between the record and the host.
        server.Audit.OnAppend = async entry =>
        {
            if (entry is { Action: "runner.enrolled", Outcome: AuditOutcome.Ok })
            {
                var taken = new HostRow
                {
                    Id = "other",
                    Name = "vps-2",
                    PublicKey = [1],
                    EnrolledAt = server.Time.GetUtcNow(),
                    EnrolledBy = "Ada",
                    ActionKeyId = "k",
                };
                Assert.True(
                    await server.Store.EnrolAsync(
                        HostsStore.HashOf(issued.Token),
                        taken,
                        null,
                        server.Time.GetUtcNow(),
                        CancellationToken.None
                    )
                );
            }
        };
        await Assert.ThrowsAsync<HubException>(() => EnrolAsync(server, issued.Token));
        var rows = server.Audit.Rows.Where(row => row.Action == "runner.enrolled").ToList();
        Assert.Equal([AuditOutcome.Ok, AuditOutcome.Refused], rows.Select(row => row.Outcome));
        Assert.Equal(rows[0].Actor, rows[1].Actor);
        Assert.Contains("was used a moment before", rows[1].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_who_try_at_once_one_is_enrolled()
    {
        await using var server = await HubServer.StartAsync();
        var issued = await server.Enrolments.IssueAsync(Callers.Admin, null, CancellationToken.None);
        var tries = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async index =>
                {
                    try
                    {
                        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                        await server.Enrolments.EnrolAsync(
                            new EnrolRequest(issued.Token, own.ExportSubjectPublicKeyInfo(), Facts($"vps-{index}")),
                            CancellationToken.None
                        );
                        return true;
                    }
                    catch (EnrolmentRefusedException)
                    {
                        return false;
                    }
                })
        );
        Assert.Single(tries, enrolled => enrolled);
        Assert.Single(server.Fleet.Hosts);
    }

    [Fact]
    public async Task A_token_is_good_for_an_hour()
    {
        await using var server = await HubServer.StartAsync();
        var issued = await server.Enrolments.IssueAsync(Callers.Admin, null, CancellationToken.None);
        server.Time.Advance(TimeSpan.FromMinutes(61));
        await RefusedAsync(server, issued.Token);
    }

    [Fact]
    public async Task Only_an_administrator_issues_and_revokes()
    {
        await using var server = await HubServer.StartAsync();
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            server.Enrolments.IssueAsync(Callers.Operator, null, CancellationToken.None)
        );
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            server.Enrolments.RevokeAsync(Callers.Operator, "x", CancellationToken.None)
        );
        await Assert.ThrowsAsync<UnknownHostException>(() =>
            server.Enrolments.RevokeAsync(Callers.Admin, "x", CancellationToken.None)
        );
    }

    [Fact]
    public async Task A_name_that_is_taken_is_refused_and_the_token_stays_good()
    {
        await using var server = await HubServer.StartAsync();
        await EnrolAsync(
            server,
            (await server.Enrolments.IssueAsync(Callers.Admin, null, CancellationToken.None)).Token
        );
        var issued = await server.Enrolments.IssueAsync(Callers.Admin, null, CancellationToken.None);
        var exception = await Assert.ThrowsAsync<HubException>(() => EnrolAsync(server, issued.Token));
        Assert.Contains("--name", exception.Message, StringComparison.Ordinal);
        await EnrolAsync(server, issued.Token, "vps-2");
        Assert.Equal(["vps-1", "vps-2"], server.Fleet.Hosts.Select(host => host.Name));
    }

    [Fact]
    public async Task Of_many_who_come_by_one_name_at_once_one_gets_it()
    {
        await using var server = await HubServer.StartAsync();
        var issued = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(_ => server.Enrolments.IssueAsync(Callers.Admin, null, default))
        );
        var tries = await Task.WhenAll(
            issued.Select(async one =>
            {
                try
                {
                    await Task.Run(() =>
                        server.Enrolments.EnrolAsync(
                            new EnrolRequest(one.Token, key.ExportSubjectPublicKeyInfo(), Facts("vps-1")),
                            default
                        )
                    );
                    return true;
                }
                catch (EnrolmentRefusedException)
                {
                    return false;
                }
            })
        );
        Assert.Single(tries, enrolled => enrolled);
        Assert.Single(server.Fleet.Hosts);
    }

    [Fact]
    public async Task Without_a_token_nobody_gets_in()
    {
        await using var server = await HubServer.StartAsync();
        await RefusedAsync(server, null);
        await RefusedAsync(server, "sre_guess");
        await RefusedAsync(server, "srk1.unknown.0.x.y");
        using var http = new HttpClient { BaseAddress = server.Address };
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await http.PostAsync(RunnerHub.Path + "/negotiate", null)).StatusCode
        );
    }

    [Fact]
    public async Task A_signed_token_opens_once_and_only_with_the_enrolled_key()
    {
        await using var server = await HubServer.StartAsync();
        var enrolled = await EnrolAsync(server, await server.TokenAsync("vps-1"));
        var token = RunnerToken.Make(enrolled.HostId, key, server.Time.GetUtcNow());
        await using (var connection = Connect(server, token))
        {
            await connection.StartAsync();
            Assert.True((await connection.InvokeAsync<HubWelcome>(nameof(IRunnerHub.Hello), Facts("vps-1"))).Accepted);
        }
        await RefusedAsync(server, token);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RefusedAsync(server, RunnerToken.Make(enrolled.HostId, other, server.Time.GetUtcNow()));
        await RefusedAsync(server, RunnerToken.Make(enrolled.HostId, key, server.Time.GetUtcNow().AddMinutes(-3)));
        Assert.Contains(server.Audit.Rows, row => row.Detail!.Contains("shown before", StringComparison.Ordinal));
        Assert.Contains(
            server.Audit.Rows,
            row => row.Detail!.Contains("not signed with the enrolled key", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_enrolment_token_opens_nothing_but_enrolment()
    {
        await using var server = await HubServer.StartAsync();
        await using var connection = Connect(server, await server.TokenAsync("vps-1"));
        await connection.StartAsync();
        await Assert.ThrowsAsync<HubException>(() =>
            connection.InvokeAsync<HubWelcome>(nameof(IRunnerHub.Hello), Facts("vps-1"))
        );
        await Assert.ThrowsAsync<HubException>(() =>
            connection.InvokeAsync(nameof(IRunnerHub.Inventory), Array.Empty<ContainerFacts>())
        );
        Assert.Contains(server.Audit.Rows, row => row.Action == "runner.refused");
    }

    [Theory]
    [InlineData(RunnerProtocol.Current + 1, true)]
    [InlineData(RunnerProtocol.Current - 1, true)]
    [InlineData(RunnerProtocol.Current + 2, false)]
    [InlineData(RunnerProtocol.Current - 2, false)]
    public async Task Neighbouring_protocols_work_together_and_others_are_told_so(int protocol, bool accepted)
    {
        await using var server = await HubServer.StartAsync();
        var enrolled = await EnrolAsync(server, await server.TokenAsync("vps-1"));
        await using var connection = Connect(server, RunnerToken.Make(enrolled.HostId, key, server.Time.GetUtcNow()));
        await connection.StartAsync();
        var welcome = await connection.InvokeAsync<HubWelcome>(nameof(IRunnerHub.Hello), Facts("vps-1", protocol));
        Assert.Equal(accepted, welcome.Accepted);
        Assert.Equal(accepted, server.Link.IsConnected(enrolled.HostId));
        if (!accepted)
        {
            Assert.Contains("update", welcome.Message, StringComparison.Ordinal);
            Assert.Equal(welcome.Message, Assert.Single(server.Fleet.Hosts).Trouble);
            await Assert.ThrowsAsync<HubException>(() =>
                connection.InvokeAsync(nameof(IRunnerHub.Inventory), Array.Empty<ContainerFacts>())
            );
        }
    }
}
