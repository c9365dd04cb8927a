using System.Net;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity.Providers;

/// <summary>A browser without scripts that goes from one program to another, as links, redirects and forms lead it.</summary>
internal sealed class Traveller : IDisposable
{
    private readonly HttpClient browser = new(
        new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }
    );

    public Uri At { get; private set; } = new("about:blank");

    public string Page { get; private set; } = "";

    public HttpStatusCode Status { get; private set; }

    /// <summary>The address that the last redirect but those it followed led to, where it was told not to go there.</summary>
    public Task GoAsync(Uri address) => FollowAsync(address);

    public async Task SubmitAsync(string? action, params (string Name, string Value)[] fields)
    {
        var form = SandboxApp.HiddenFields(Page);
        foreach (var (name, value) in fields)
        {
            form[name] = value;
        }
        var to = action is null ? At : new Uri(At, action);
        using var answer = await browser.PostAsync(to, new FormUrlEncodedContent(form));
        At = to;
        await TakeAsync(answer);
    }

    /// <summary>One step, no further.</summary>
    public async Task<Uri?> LookAsync(Uri address)
    {
        using var answer = await browser.GetAsync(address);
        return answer.Headers.Location is { } location ? new Uri(address, location) : null;
    }

    public async Task<HttpStatusCode> AskAsync(Uri address)
    {
        using var answer = await browser.GetAsync(address);
        return answer.StatusCode;
    }

    public void Dispose() => browser.Dispose();

    private async Task FollowAsync(Uri address)
    {
        At = address;
        using var answer = await browser.GetAsync(address);
        await TakeAsync(answer);
    }

    private async Task TakeAsync(HttpResponseMessage answer, int steps = 0)
    {
        Assert.True(steps < 20, $"It goes on and on, and was last at {At}.");
        Status = answer.StatusCode;
        Page = await answer.Content.ReadAsStringAsync();
        var onward =
            answer.StatusCode is HttpStatusCode.Found or HttpStatusCode.SeeOther ? new Uri(At, answer.Headers.Location!)
            : SandboxApp.OnwardFrom(Page) is { } leads ? new Uri(new Uri(At, "/"), leads)
            : null;
        if (onward is null)
        {
            return;
        }
        At = onward;
        using var next = await browser.GetAsync(onward);
        await TakeAsync(next, steps + 1);
    }
}
