using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>More words, English and Dutch, by which a wish is known: what is compared, how full disks are, who decided. All of them expect lower case.</summary>
internal static partial class WishTopics
{
    [GeneratedRegex(
        @"\bwho (?:has |had )?(?:approved|rejected|proposed|decided|signed off)\b|\bwie (?:heeft|had|keurde)\b.{0,60}\b(?:goedgekeurd|goed|afgewezen|voorgesteld)\b|\bwho did what\b|\bwie deed wat\b|\bwie heeft wat gedaan\b"
    )]
    public static partial Regex Decided();

    [GeneratedRegex(
        @"^\W*(?:(?:please|yes|ok|ja|graag|just|now|nu|maar) ?,? ?)*(?:approve|keur)\b(?: (?:it|that|this|them|all|everything|het|dat|dit|alles|the|de|my|mijn)\b|.{0,40}\bgoed\b)"
    )]
    public static partial Regex Approve();

    [GeneratedRegex(
        @"\b(?:silence|mute|snooze|demp|dempen|onderdruk)\b(?! (?:is|are|was|were)\b)|\b(?:zet|leg|put)\b.{0,60}\b(?:alarm(?:en|s)?|alerts?|meldingen)\b.{0,40}\b(?:stil|quiet)\b"
    )]
    public static partial Regex Silence();

    [GeneratedRegex(
        @"\bcompar(?:e|ed|ing|ison)\b|\bvergelijk(?:en|ing)?\b|\bvergeleken\b|\bten opzichte van\b|\b(?:slower|faster|higher|lower|more|less|worse|better|busier|trager|langzamer|sneller|hoger|lager|meer|minder|drukker|slechter|beter) (?:than|dan)(?= *[?.!]*$| (?:before|last|the release|the last|voor de|vorige)\b)"
    )]
    public static partial Regex Compare();

    [GeneratedRegex(
        @"\b(?:disks?|schijf|schijven|schijfruimte|diskspace)\b|\b(?:which|welke|what|all|any|list|zijn|are|how many|hoeveel) (?:of (?:my|our) )?(?:the |de |alle |all )?(?:docker )?(?:hosts?|runners?)\b"
    )]
    public static partial Regex Hosts();

    [GeneratedRegex(
        @"\banything (?:wrong|broken|down|off|up)\b|\bis er\b.{0,30}\b(?:iets|wat) (?:mis|kapot|stuk)\b|\biets (?:mis|kapot|stuk)\b|\balles (?:ok|oke|oké|goed|in orde)\b|\b(?:all|everything) (?:is )?(?:ok|okay|good|well|fine)\b|\b(?:what|which \w+|wat|welke \w+) (?:is|are|zijn|ligt|liggen) (?:er )?(?:down|broken|unhealthy|plat|stuk|kapot|eruit)\b"
    )]
    public static partial Regex Trouble();

    [GeneratedRegex(
        @"\bslos?\b|\bslas?\b|\bservice levels?\b|\b(?:error|fout) ?budget\b|\bbeschikbaarheid\b|\bavailability\b(?! cache)|\buptime\b|\bobjectives?\b"
    )]
    public static partial Regex Objectives();

    [GeneratedRegex(@"\b(?:as|als) root\b|\bposture\b|\bharden(?:ing|ed)\b|\bprivileged\b|\bcis\b")]
    public static partial Regex Posture();

    [GeneratedRegex(
        @"\b(?:who|what|which \w+) (?:could|can) reach\b|\bcan .{1,40} reach\b|\breachab\w+\b|\b(?:wie|wat|welke \w+) kan .{1,40}\bbereiken\b|\bkan .{1,40}\bbereiken\b"
    )]
    public static partial Regex Reach();

    [GeneratedRegex(
        @"\b(?:open|lopende|current|any|which|what|welke|are there|zijn er|list) (?:\w+ )?incident(?:s|en)?\b|^\W*incident(?:s|en)\b"
    )]
    public static partial Regex Incidents();

    [GeneratedRegex(
        @"^\W*(?:hi|hello|hey|hoi|hallo|dag|thanks|thank you|thx|bedankt|dank (?:je|u)(?: wel)?|dankjewel|great|top|super|mooi)(?: (?:there|daar|allemaal|all|a lot|very much))?\W*$"
    )]
    public static partial Regex Courtesy();

    /// <summary>For how long: "for 2 hours", "een half uur".</summary>
    [GeneratedRegex(
        @"\b(?<number>half an|een half|\d{1,3}|an?|one|two|three|four|een|één|twee|drie|vier) ?(?<unit>minutes?|mins?|m|minuten|minuut|hours?|hrs?|h|u|uur|uren|days?|d|dag|dagen)\b"
    )]
    private static partial Regex Lasting();

    /// <summary>Minutes that a silence is to last; null when that is not said.</summary>
    public static int? Minutes(string said)
    {
        foreach (Match found in Lasting().Matches(said))
        {
            var number = found.Groups["number"].Value;
            var count = number switch
            {
                "half an" or "een half" => 0.5,
                "a" or "an" or "one" or "een" or "één" => 1,
                "two" or "twee" => 2,
                "three" or "drie" => 3,
                "four" or "vier" => 4,
                _ => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture),
            };
            return (int)
                Math.Round(
                    count
                        * found.Groups["unit"].Value[0] switch
                        {
                            'm' => 1,
                            'd' => 24 * 60,
                            _ => 60,
                        }
                );
        }
        return null;
    }
}
