using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Tests.Ui;

/// <summary>Whatever goes wrong on a page, a page says so.</summary>
public sealed class ErrorPagesTests(ErrorPagesTests.Faulty app) : IClassFixture<ErrorPagesTests.Faulty>
{
    [Theory]
    [InlineData("/consent")]
    [InlineData("/consent?client_id=")]
    [InlineData("/consent?client_id=nobody&redirect_uri=https%3A%2F%2Fx.example")]
    [InlineData("/consent?client_id=sandbox-app&redirect_uri=%00")]
    public async Task Consent_without_a_client_says_where_to_start(string address)
    {
        using var browser = app.Anonymous();
        using var answer = await browser.GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("Nothing to allow", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_fails_gives_the_error_page_after_a_form_too()
    {
        using var browser = app.Browser();
        using var answer = await SandboxApp.SubmitAsync(
            browser,
            "/signin",
            ("Input.Name", "viewer"),
            ("Input.Password", "sandbox")
        );
        await IsErrorPageAsync(answer);
        // The product's own, not the one of last resort.
        Assert.Contains("rel=\"stylesheet\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/signin", "Input.Name=viewer")]
    [InlineData("/signin", "Input.Name=%00")]
    [InlineData("/consent", "allow=yes")]
    [InlineData("/error", "a=b")]
    public async Task A_form_that_was_not_given_out_here_is_answered_with_a_page(string address, string form)
    {
        using var browser = app.Browser();
        using var body = new StringContent(form, null, "application/x-www-form-urlencoded");
        using var answer = await browser.PostAsync(address, body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Open the page again", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/tenants/rentguy/nothing")]
    [InlineData("/access/5?x=1")]
    [InlineData("/picture.png")]
    public async Task An_address_of_nothing_gives_a_page_that_says_so(string address)
    {
        await using var healthy = new ConfiguredApp(("Docker:Endpoint", "none"));
        await healthy.InitializeAsync();
        using var browser = await healthy.BrowserAsAsync("viewer");
        using var answer = await browser.GetAsync(address);
        var html = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("There is nothing here", html, StringComparison.Ordinal);
        Assert.Contains("Go to the overview", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_error_page_that_fails_itself_is_a_page_nevertheless(bool throws)
    {
        using var host = await new HostBuilder()
            .ConfigureWebHost(web =>
                web.UseTestServer()
                    .Configure(pages =>
                    {
                        pages.UseLastPage();
                        pages.Run(context =>
                        {
                            context.Response.StatusCode = 500;
                            return throws ? throw new InvalidOperationException("inner") : Task.CompletedTask;
                        });
                    })
            )
            .StartAsync(TestContext.Current.CancellationToken);
        using var client = host.GetTestClient();
        using var answer = await client.GetAsync("/anything", TestContext.Current.CancellationToken);
        await IsErrorPageAsync(answer);
    }

    private static async Task IsErrorPageAsync(HttpResponseMessage answer)
    {
        var html = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.InternalServerError, $"{answer.StatusCode} {html}");
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("This page failed", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", html, StringComparison.Ordinal);
        Assert.DoesNotContain("inner", html, StringComparison.Ordinal);
    }

    /// <summary>The program, where nobody can sign in because of a fault.</summary>
    public sealed class Faulty : SandboxApp
    {
        protected override void Replace(IServiceCollection services) =>
            services.AddScoped<SignInDesk>(_ => throw new InvalidOperationException("inner"));
    }
}
