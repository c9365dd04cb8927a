namespace Sevensa.Dashboard.Ui;

/// <summary>
/// A page whose script or style did not arrive is half a page: no keys, no charts, an Enter that sends nothing. Browsers drop what
/// they are loading when the network under them changes, and don't ask again.
/// </summary>
internal static class MissedFiles
{
    /// <summary>Asks for the whole page again, at most every ten seconds, so that what can't be had at all ends no one in a circle.</summary>
    public const string AskAgain =
        "addEventListener('error',e=>{"
        + "if(!e.target.matches?.('script[src],link[rel=stylesheet]'))return;"
        + "const k='sevensa.missed',now=Date.now();"
        + "if(now-(sessionStorage.getItem(k)??0)<10000)return;"
        + "sessionStorage.setItem(k,now);location.reload()},true)";
}
