using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Secrets;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What is no answer of Vault's is said to be none, or is nothing: the look at secrets goes on.</summary>
public class HostVaultTests
{
    private static readonly HandedSecret Secret = new("rentguy", "api/database");

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"data":null}""")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":{"current_version":"1","versions":{"1":{}}}}""")]
    [InlineData("""{"data":{"current_version":1,"versions":null,"data":"text"}}""")]
    [InlineData("""{"data":{"current_version":1,"versions":{"2":{}},"data":[1]}}""")]
    public async Task An_answer_of_another_form_holds_nothing(string body)
    {
        await using var server = await AnsweringAsync(body);
        using var vault = Vault(server, tokenFile: true);
        Assert.Null(await vault.VersionAsync(Secret, TestContext.Current.CancellationToken));
        Assert.Null(await vault.ValuesAsync(Secret, 1, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_value_that_no_file_can_hold_is_told()
    {
        await using var server = await AnsweringAsync("""{"data":{"data":{"password":"half \ud83d"}}}""");
        using var vault = Vault(server, tokenFile: true);
        var told = await Assert.ThrowsAsync<SecretException>(() =>
            vault.ValuesAsync(Secret, 3, TestContext.Current.CancellationToken)
        );
        Assert.Contains("Version 3 of rentguy/api/database", told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("""{"auth":null}""")]
    [InlineData("""{"auth":{"client_token":7}}""")]
    [InlineData("<html>")]
    public async Task A_login_without_a_token_is_told(string body)
    {
        await using var server = await AnsweringAsync(body);
        using var vault = Vault(server, tokenFile: false);
        await Assert.ThrowsAsync<SecretException>(() =>
            vault.VersionAsync(Secret, TestContext.Current.CancellationToken)
        );
    }

    private static HostVault Vault(WebApplication server, bool tokenFile)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "given");
        string? token = tokenFile ? file : null;
        string? role = tokenFile ? null : file;
        return new HostVault(
            new SecretSettings(
                [Secret],
                "/dev/shm/none",
                new Uri(server.Urls.Single()),
                "secret",
                null,
                token,
                role,
                role
            ),
            new FakeTimeProvider()
        );
    }

    private static async Task<WebApplication> AnsweringAsync(string body)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(body));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}
