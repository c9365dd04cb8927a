using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Pages;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>What is unlike services stands beside what is unlike people, with how far it is known.</summary>
public sealed class ServicesPanelTests
{
    private sealed class Source(string looks, ServiceLook look) : IServiceBehaviour
    {
        public string Looks => looks;

        public ValueTask<ServiceLook> LookAsync(CancellationToken cancellation) => new(look);
    }

    [Fact]
    public async Task Each_source_shows_what_it_found_what_it_could_not_and_what_is_too_young()
    {
        await using var page = UiContext.Create().Page;
        var at = UiContext.Now;
        page.Services.AddSingleton<IServiceBehaviour>(
            new Source(
                "Requests of services",
                new ServiceLook(
                    at,
                    null,
                    [
                        new ServiceOddity("rentguy", "api", "Many requests", "9 a second.", "An import.", at),
                        new ServiceOddity("witcom", "web", "Many errors", "All failed.", "A release.", at, at),
                    ],
                    ["witcom/new-one: requests"]
                )
            )
        );
        page.Services.AddSingleton<IServiceBehaviour>(
            new Source("Where services connect to", new ServiceLook(null, "No host has told.", [], []))
        );
        page.Services.AddSingleton<IServiceBehaviour>(new Source("Something else", new ServiceLook(at, null, [], [])));
        var panel = page.Render<ServicesPanel>();
        Assert.Equal(
            ["Requests of services", "Where services connect to", "Something else"],
            panel.FindAll("h2").Select(title => title.TextContent.Trim())
        );
        Assert.Equal(
            ["open", "ended"],
            panel.FindAll("[data-state]").Select(state => state.GetAttribute("data-state"))
        );
        Assert.Contains("9 a second.", panel.Markup);
        Assert.Contains("Not enough history yet to say what is usual of witcom/new-one: requests", panel.Markup);
        Assert.Equal("No host has told.", panel.Find("[data-behaviour-trouble]").TextContent.Trim());
        Assert.Single(panel.FindAll(".state .what"));
    }
}
