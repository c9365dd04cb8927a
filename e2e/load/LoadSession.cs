using System.Net;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.E2E.Load;

/// <summary>
/// A person's browser without the browser: the cookies of one sign-in. Any number of circuits may be opened with it, as tabs
/// would be.
/// </summary>
public sealed partial class LoadSession : IDisposable
{
    private readonly SocketsHttpHandler handler;

    private LoadSession(Uri dashboard, string person)
    {
        Dashboard = dashboard;
        Person = person;
        handler = new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false };
        Http = new HttpClient(handler) { BaseAddress = dashboard };
    }

    public Uri Dashboard { get; }

    public string Person { get; }

    public CookieContainer Cookies { get; } = new();

    /// <summary>Asks with the cookies of the session; redirects are not followed.</summary>
    public HttpClient Http { get; }

    /// <summary>Somebody who has not signed in.</summary>
    public static LoadSession Anonymous(Uri dashboard) => new(dashboard, "nobody");

    /// <summary>Signs in by the form of the sign-in page.</summary>
    /// <param name="dashboard">The dashboard's address.</param>
    /// <param name="person">One of the Sandbox's people.</param>
    /// <param name="password">That person's password.</param>
    /// <exception cref="InvalidOperationException">The dashboard did not let the person in; says what it answered.</exception>
    public static async Task<LoadSession> SignInAsync(Uri dashboard, string person, string password = "sandbox")
    {
        var session = new LoadSession(dashboard, person);
        var page = await session.PageAsync("/signin");
        var form = new Dictionary<string, string>
        {
            ["_handler"] = "signin",
            ["__RequestVerificationToken"] = Token().Match(page).Groups[1].Value,
            ["Input.Name"] = person,
            ["Input.Password"] = password,
        };
        using var answer = await session.Http.PostAsync(
            new Uri("/signin", UriKind.Relative),
            new FormUrlEncodedContent(form)
        );
        if (answer.StatusCode == HttpStatusCode.Found)
            return session;
        session.Dispose();
        throw new InvalidOperationException($"{person} could not sign in: {(int)answer.StatusCode}");
    }

    /// <summary>A page's HTML as the first answer carries it.</summary>
    /// <param name="path">Path and query.</param>
    /// <exception cref="InvalidOperationException">It was not answered with 200: a redirect to the sign-in page, for example.</exception>
    public async Task<string> PageAsync(string path)
    {
        using var answer = await Http.GetAsync(new Uri(path, UriKind.Relative));
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException(
                $"{path} answered {(int)answer.StatusCode} {answer.Headers.Location} to {Person}"
            );
        return await answer.Content.ReadAsStringAsync();
    }

    public void Dispose()
    {
        Http.Dispose();
        handler.Dispose();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
