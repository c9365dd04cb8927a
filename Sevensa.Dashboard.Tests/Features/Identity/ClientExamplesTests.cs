using System.Net.Http.Json;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Pages;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>The programs of the platform, worked out on the page where clients are added.</summary>
public sealed class ClientExamplesTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    public static TheoryData<string> Ids => [.. ClientExample.All.Select(one => one.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task An_example_is_a_client_that_can_be_added(string id)
    {
        var example = ClientExample.All.Single(one => one.Id == id);
        using var admin = await app.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(
            admin.PostAsJsonAsync(
                "/api/v1/clients",
                new
                {
                    id,
                    scopes = Array.Empty<string>(),
                    redirectUris = new[] { example.Placeholder + example.Redirect },
                    postLogoutRedirectUris = example.Left is null ? [] : new[] { example.Placeholder + example.Left },
                    // Where it is told is looked at by its name, which is of nobody here.
                    backchannelLogoutUri = example.Backchannel is { } told ? "http://127.0.0.1:9" + told : null,
                }
            )
        );
        using var nobody = app.Anonymous();
        using var asked = await nobody.GetAsync(
            $"/connect/authorize?response_type=code&client_id={id}&scope=openid%20profile&state=s"
                + $"&redirect_uri={Uri.EscapeDataString(example.Placeholder + example.Redirect)}"
                + "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
        );
        Assert.Equal(System.Net.HttpStatusCode.Found, asked.StatusCode);
        Assert.StartsWith("/signin?", asked.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_chosen_fills_the_form_and_shows_its_settings_for_where_it_is()
    {
        var (page, _) = UiContext.Create();
        await using var _page = page;
        var issuer = page.Services.GetRequiredService<NavigationManager>().BaseUri;
        (ClientExample Example, string At)? chosen = null;
        var card = page.Render<ClientExamples>(given => given.Add(one => one.OnChosen, one => chosen = one));
        card.Find("[data-at]").Input("https://graphs.example.net/");
        await card.FindAll("button").Single(one => one.TextContent.Trim() == "Grafana").ClickAsync();
        Assert.Equal("https://graphs.example.net", chosen?.At);
        Assert.Equal("/login/generic_oauth", chosen?.Example.Redirect);
        var settings = card.Find("[data-settings]").TextContent;
        Assert.Contains($"token_url = {issuer}connect/token", settings, StringComparison.Ordinal);
        Assert.Contains(
            "post_logout_redirect_uri=https%3A%2F%2Fgraphs.example.net%2Flogin",
            settings,
            StringComparison.Ordinal
        );
        foreach (var name in ClientExample.All.Select(one => one.Name))
        {
            await card.FindAll("button").Single(one => one.TextContent.Trim() == name).ClickAsync();
            var shown = card.Find("[data-settings]").TextContent;
            Assert.Contains(issuer, shown, StringComparison.Ordinal);
            foreach (var left in new[] { "{issuer}", "{host}", "{at}", "{left}" })
            {
                Assert.DoesNotContain(left, shown, StringComparison.Ordinal);
            }
        }
    }
}
