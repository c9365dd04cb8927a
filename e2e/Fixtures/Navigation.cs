using Microsoft.Playwright;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Going to a page, on a machine whose networks come and go.</summary>
internal static class Navigation
{
    private const int Most = 10;

    /// <summary>
    /// Chromium breaks off what it is loading when an interface of the machine gets or loses an address, as Docker's do in stories
    /// that run beside this one, though nothing changed for loopback. That alone is asked for again.
    /// </summary>
    public static async Task<IResponse?> GoToAsync(this IPage page, string url, PageGotoOptions? options = null)
    {
        for (var again = 0; ; again++)
        {
            try
            {
                return await page.GotoAsync(url, options);
            }
            catch (PlaywrightException changed)
                when (again < Most && changed.Message.Contains("ERR_NETWORK_CHANGED", StringComparison.Ordinal))
            {
                Console.WriteLine($"{url}: the machine's networks changed meanwhile; gone to again");
            }
        }
    }
}
