using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>The words, English and Dutch, by which a wish is known. All of them expect lower case.</summary>
internal static partial class WishWords
{
    /// <summary>In the order in which they count when a sentence holds several.</summary>
    private static readonly (WishKind Kind, Regex Words)[] Known =
    [
        (WishKind.Decided, WishTopics.Decided()),
        (WishKind.Approve, WishTopics.Approve()),
        (WishKind.Silence, WishTopics.Silence()),
        (WishKind.Undo, Undo()),
        (WishKind.Rollback, Rollback()),
        (WishKind.Rotate, Rotate()),
        (WishKind.Scale, Scale()),
        (WishKind.Restart, Restart()),
        (WishKind.Beyond, Beyond()),
        (WishKind.Stop, Stop()),
        (WishKind.Start, Start()),
        (WishKind.Compare, WishTopics.Compare()),
        (WishKind.Hosts, WishTopics.Hosts()),
        (WishKind.Status, WishTopics.Trouble()),
        (WishKind.Why, Why()),
        (WishKind.Approvals, Approvals()),
        (WishKind.Alerts, Alerts()),
        (WishKind.Findings, Findings()),
        (WishKind.Objectives, WishTopics.Objectives()),
        (WishKind.Posture, WishTopics.Posture()),
        (WishKind.Reach, WishTopics.Reach()),
        (WishKind.Incidents, WishTopics.Incidents()),
        (WishKind.Logs, Logs()),
        (WishKind.Secrets, Secrets()),
        (WishKind.Changes, Changes()),
        (WishKind.Releases, Releases()),
        (WishKind.Databases, Databases()),
        (WishKind.Figure, Figure()),
        (WishKind.Status, Status()),
        (WishKind.Running, Running()),
        (WishKind.Tenants, Tenants()),
        (WishKind.Help, Help()),
        (WishKind.Courtesy, WishTopics.Courtesy()),
    ];

    /// <summary>Verbs whose misspelling is forgiven, and what they stand for.</summary>
    private static readonly string[] Verbs =
    [
        "restart",
        "rollback",
        "rotate",
        "scale",
        "herstart",
        "roteer",
        "status",
        "running",
        "memory",
        "geheugen",
        "latency",
        "errors",
        "alerts",
        "changed",
        "veranderd",
        "secrets",
        "releases",
        "vulnerabilities",
        "waarom",
        "logs",
    ];

    /// <summary>Words of everyday language that are no misspelt name of anything.</summary>
    public static readonly HashSet<string> Ordinary =
    [
        .. Verbs,
        .. "there their where which these those please could would should about after again today still being doing right quick thing things server servers service services client clients tenant tenants logging start starts started stop works working worked workers week weeks later alert error issue slow slower people platforms between minutes hours graag wordt waren worden kunnen zouden kunt naar staan staat welke wanneer draait draaien traag trager klant klanten gister morgen terug zetten opnieuw eerder later".Split(
            ' '
        ),
    ];

    /// <summary>Words that ask for nothing by themselves. None that deny: what is not to be done is no more of the same.</summary>
    public static readonly HashSet<string> Small =
    [
        .. "a an the this that it its is are was were be been am i we you he she they them him her my our your their me us of for in at on to from with by as or so too also one ones both all same well please thanks thank hi hello hey ok okay yes now just only really very much here how what who when which do does did can will may must need want like let know see two three four five instance instances replicas copies container containers image tenant tenants down slow broken stuck hanging crashed crashing failing unhealthy de het een van bij aan om te ook en of dan die dat deze dit ik je jij u wij ze zij hij er zijn wordt ben bent nu even alsjeblieft alstublieft aub svp bedankt dank hoi hallo mij mijn jouw ons onze eens nog al zo wel heel met voor naar door kan kun wil moet twee drie vier vijf instanties exemplaren plat kapot stuk traag".Split(
            ' '
        ),
    ];

    private const string Nouns = "(?:re-?start|reboot|stop|start|scal(?:e|ing)|rotation|herstart|rotatie|schaling)";

    private const string UndoneDeeds = "(?:the |that |this |last )+" + Nouns;

    /// <summary>Of an undo: the action that was named, as its kind is called; null when none was.</summary>
    public static string? UndoneOf(string text) =>
        UndoneDeed().Match(text) is { Success: true } deed
            ? deed.Groups[1].Value switch
            {
                ['s', 't', 'o', ..] => "stop",
                ['s', 't', 'a', ..] => "start",
                ['s', 'c', ..] => "scale",
                ['r', 'o', 't', ..] => "rotate",
                ['r', 'o', 'l', ..] => "rollback",
                _ => "restart",
            }
            : null;

    public static WishKind KindOf(string said)
    {
        var text = " " + WishDenials.Without(said) + " ";
        var kind = First(text);
        if (kind is WishKind.Unknown or WishKind.Status or WishKind.Running or WishKind.Help)
        {
            // A typing mistake in the word that counts.
            var mended = Mended(text);
            kind =
                mended == text ? kind
                : First(mended) is not WishKind.Unknown and var better ? better
                : kind;
        }
        if (kind == WishKind.Silence && (Asks().IsMatch(text) || HowTo().IsMatch(text) || WishDenials.Holds(text)))
        {
            return Asks().IsMatch(text) ? WishKind.Alerts : WishKind.Unknown;
        }
        if (
            kind
            is WishKind.Restart
                or WishKind.Stop
                or WishKind.Start
                or WishKind.Scale
                or WishKind.Rollback
                or WishKind.Rotate
        )
        {
            // "Why was it restarted", "when was it rolled back" want to know, and so does "should I".
            if (Whys().IsMatch(text))
            {
                return WishKind.Why;
            }
            if (Asks().IsMatch(text))
            {
                return kind == WishKind.Rotate && Secrets().IsMatch(text) ? WishKind.Secrets
                    : Running().IsMatch(text) ? WishKind.Running
                    : WishKind.Changes;
            }
            if (HowTo().IsMatch(text))
            {
                return WishKind.Help;
            }
            if (Weighs().IsMatch(text))
            {
                return WishKind.Why;
            }
            if (WishTales.Tells(text))
            {
                return WishKind.Unknown;
            }
            // Without what only dates something: "stop the worker before deploying" calls no deploy off.
            if (WishDenials.Holds(text))
            {
                return WishKind.Unknown;
            }
        }
        return kind;
    }

    /// <summary>A clause of this kind asks for a change, or may go on with one.</summary>
    public static bool MayChange(WishKind kind) =>
        kind
            is WishKind.Unknown
                or WishKind.Restart
                or WishKind.Stop
                or WishKind.Start
                or WishKind.Scale
                or WishKind.Rollback
                or WishKind.Rotate
                or WishKind.Undo;

    /// <summary>It begins as a question does, or a wish to be shown something.</summary>
    public static bool OnlyAsks(string said) => Question().IsMatch(said);

    /// <summary>It asks after a change, and so does what its sentence goes on with: "should I restart the api and stop the worker?"</summary>
    public static bool Inquires(string clause) =>
        WishDenials.NamesDeed(clause)
        && (
            Asks().IsMatch(clause)
            || HowTo().IsMatch(clause)
            || Weighs().IsMatch(clause)
            || clause.StartsWith("why", StringComparison.Ordinal)
            || clause.StartsWith("waarom", StringComparison.Ordinal)
        );

    /// <summary>It asks to be shown or told something, or has somebody told: no more of the same.</summary>
    public static bool AsksApart(string clause) => Apart().IsMatch(clause);

    /// <summary>A wish by itself, whatever was asked before it.</summary>
    public static bool Begs(string clause) => Begging().IsMatch(clause);

    public static string? MetricOf(string text) =>
        Memory().IsMatch(text) ? "memory"
        : Cpu().IsMatch(text) ? "cpu"
        : Latency().IsMatch(text) ? "latencyP95"
        : ErrorShare().IsMatch(text) ? "errorShare"
        : Traffic().IsMatch(text) ? "requestRate"
        : null;

    private static WishKind First(string text)
    {
        foreach (var (kind, words) in Known)
        {
            if (words.IsMatch(text))
            {
                return kind;
            }
        }
        return WishKind.Unknown;
    }

    private static string Mended(string text) =>
        " "
        + string.Join(
            ' ',
            text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(word =>
                    word.Length >= 5 && !Ordinary.Contains(word)
                        ? Verbs.FirstOrDefault(verb => Typing.Distance(word, verb) == 1) ?? word
                        : word
                )
        )
        + " ";

    [GeneratedRegex(
        @"^ *(?:please |now |graag )?undo\b|^ *(?:please )?revert (?:that|it|this|the last (?:action|one|thing)|"
            + UndoneDeeds
            + @")\b|\bmaak\b.{1,60}\bongedaan\b|\bongedaan maken\b|\bdraai (?:dat|het|dit) (?:weer )?terug\b|\bdraai\b.{0,20}\b"
            + Nouns
            + @"\b.{0,60}\bterug\b"
    )]
    private static partial Regex Undo();

    [GeneratedRegex(
        @"\broll(?:ed|ing)?[ -]?back\b|\broll(?:ed|ing)?\b.{1,60}\bback\b|\brevert\b|\b(?:go|bring|put|set|take)\b.{0,40}\bback to\b|\bprevious (?:version|release)\b|\bterug(?:draaien|rollen|zetten)\b|\b(?:draai|rol|zet|breng)\b.{0,60}\b(?:terug|trug|teurg|treug|terrug)\b|\bnaar de vorige (?:versie|release)\b|\byesterday'?s (?:state|version)\b"
    )]
    private static partial Regex Rollback();

    [GeneratedRegex(
        @"\brotat(?:e|ed|ing|ion)\b|\brot(?:eer|eren|atie)\b|\b(?:renew|refresh|change|replace|vernieuw|ververs|vervang|wijzig)\b.{0,60}\b(?:secrets?|passwords?|keys?|credentials?|wachtwoord(?:en)?|geheim(?:en)?|sleutels?)\b|\bnew password\b|\bnieuw wachtwoord\b"
    )]
    private static partial Regex Rotate();

    [GeneratedRegex(
        @"\bscal(?:e|ed|ing)\b|\b(?:op|af)?schal(?:en|ing)\b|\bschaal\b|\b(?:add|run|need|use|start|geef|draai)\b.{0,20}\b(?:\d+|one|two|three|four|more|extra|meer|twee|drie|vier) (?:more |extra )?(?:instances?|replicas?|workers|copies|containers|instanties|exemplaren)\b|\breplicas? (?:to|op|naar)\b|\b(?:to|naar|op) \d+ (?:replicas?|instances?|instanties|workers)\b|\bworkers (?:to|naar|op) \d"
    )]
    private static partial Regex Scale();

    [GeneratedRegex(
        @"\bre-?start(?:s|ed|ing)?\b|\breboot(?:ed)?\b|\bbounce\b|\bher(?:op)?start(?:en|te|t)?\b|\bopnieuw (?:op)?(?:starten|gestart)\b|\bstart\b.{1,60}\bopnieuw\b|\bopnieuw op\b|\bgive\b.{1,40}\ba kick\b"
    )]
    private static partial Regex Restart();

    [GeneratedRegex(
        @"\b(?:delete|remove|drop|wipe|erase|overwrite|format|copy|create|install|upload|download|exec|execute|ssh|edit|chmod|kill|prune|email|e-mail|merge|push|port[- ]?forward|processes|processen|semaphores?|continuously write|clean ?up|opruimen|verwijder(?:en)?|wis(?:sen)?|kopieer|installeer|formatteer|maak .{0,30}(?:aan|bestand))\b|(?<=[ ""'])/(?:dev|etc|var|tmp|usr|root|home)\b|\.tar\.gz\b|cpu-intensive|\bgooi\b.{1,60}\bweg\b|\bthrow\b.{1,60}\baway\b|\bruim\b.{1,60}\bop\b"
    )]
    private static partial Regex Beyond();

    [GeneratedRegex(
        @"\b(?:stop|halt)\b|\b(?:shut|take|bring)\b.{0,40}\bdown\b|\bstopzetten\b|\b(?:zet|schakel)\b.{1,60}\buit\b|\bleg\b.{1,60}\b(?:stil|plat)\b|\bstop(?:pen|t)\b"
    )]
    private static partial Regex Stop();

    [GeneratedRegex(
        @"^ *(?:please |now |graag )?start\b|\b(?:can|could|would) you (?:please )?start\b|\b(?:please|and|then) start\b|\bstart (?:the|up|de|het)\b|\bbring\b.{1,40}\b(?:up|back)\b|\bopstarten\b|\b(?:zet|schakel)\b.{1,60}\baan\b"
    )]
    private static partial Regex Start();

    [GeneratedRegex(
        @"\bwhy\b|\bwaarom\b|\bhoe ?komt\b|\bhow come\b|\b(?:root )?cause\b|\boorzaak\b|\bdiagnos\w+|\binvestigate\b|\btroubleshoot\b|\bonderzoek\b|\bwhat(?:'s| is| are| was| went) (?:going )?(?:wrong|the (?:issue|problem|matter))|\bwhat happened\b|\bwat is er (?:mis|aan de hand|gebeurd)\b|\bwat gebeurde\b|\b(?:had|has|have|with|experiencing) (?:\w+ )?(?:issues?|problems?)\b|\bproblemen\b|\bhigh latency\b|\bslow(?:er|ness)?\b|\btra(?:ag|ger|ge)\b|\banomal(?:y|ies)\b|\bkeeps? (?:re-?starting|crashing|failing)\b"
    )]
    private static partial Regex Why();

    [GeneratedRegex(
        @"\b(?:pending|open|waiting) (?:approvals?|proposals?|actions?)\b|\bwaits? for (?:my |an? )?approval\b|\b(?:what|which|any)\b.{0,30}\bapprovals?\b|\bgoedkeuring(?:en)?\b|\bgoed te keuren\b|\bopenstaande (?:voorstellen|acties)\b"
    )]
    private static partial Regex Approvals();

    [GeneratedRegex(@"\balerts?\b|\balarm(?:en|s)?\b|\bfiring\b|\bfired\b|\bmeldingen\b|\bgaat er iets af\b")]
    private static partial Regex Alerts();

    [GeneratedRegex(
        @"\bcves?\b|\bcve-\d|\bvulnerab\w+|\bkwetsbaar\w*|\bfindings?\b|\bbevindingen\b|\bscan(?:s|ned|resultaten)?\b|\blekken\b"
    )]
    private static partial Regex Findings();

    [GeneratedRegex(
        @"\blogs?\b|\blog ?(?:lines?|regels?|boek(?:en)?|bestand(?:en)?)\b|/var/log\b|\berrors?\b(?! (?:rate|share|ratio|budget|percentage))|\bfout(?:en|meldingen|melding)?\b|\bexceptions?\b|\bstack ?traces?\b|\bwarnings?\b|\bwaarschuwingen\b|\b(?:zoek|search|grep)\b.{0,20}[""“]"
    )]
    private static partial Regex Logs();

    [GeneratedRegex(
        @"\bsecrets?\b|\bgeheim(?:en)?\b|\bwachtwoord(?:en)?\b|\bpasswords?\b|\bcredentials?\b|\boverdue\b|\bverlopen\b|\brotation due\b"
    )]
    private static partial Regex Secrets();

    [GeneratedRegex(
        @"\bwhat(?:'s| has| is| was)? (?:been )?(?:changed|new|different)\b|\bwhat changed\b|\bchang(?:es|ed)\b|\bwat is er (?:allemaal )?(?:veranderd|gewijzigd|aangepast|nieuw)\b|\b(?:veranderd|gewijzigd|wijzigingen|veranderingen|aangepast)\b|\bdeployed\b|\buitgerold\b|\bwho (?:did|restarted|deployed|changed)\b"
    )]
    private static partial Regex Changes();

    [GeneratedRegex(
        @"\breleases?\b|\bdeploy(?:s|ment|ments)?\b|\bversions?\b|\bversies?\b|\bwhat ran\b|\bwat draaide\b"
    )]
    private static partial Regex Releases();

    [GeneratedRegex(
        @"\bdatabases\b|\bdatabanken\b|\bslow(?:est)? (?:quer(?:y|ies)|statements?)\b|\btrage quer(?:y|ies|y's)\b|\block waits?\b"
    )]
    private static partial Regex Databases();

    [GeneratedRegex(
        @"\bmemory\b|\bram\b|\bgeheugen(?:gebruik)?\b|\bcpu\b|\bprocessor\b|\blatency\b|\bp95\b|\bresponse ?times?\b|\breactietijd\b|\berror (?:rate|share|ratio|percentage)\b|\bfoutpercentage\b|\btraffic\b|\brequests?\b|\bverkeer\b|\bverzoeken\b|container_memory|\bmemory_working_set"
    )]
    private static partial Regex Figure();

    [GeneratedRegex(
        @"\bstatus\b|\bhealth(?:y)?\b|\bhow(?: is|'s| are| does)\b|\bhoe (?:gaat|staat|is|draait|doet)\b|\bgezond(?:heid)?\b|\bin orde\b|\bis .{1,40}\b(?:ok|okay|up|down|bereikbaar|available)\b|\bdoet .{1,40} het\b|\bobserve\b"
    )]
    private static partial Regex Status();

    [GeneratedRegex(
        @"\brun(?:s|ning)\b|\bdraai(?:t|en)\b|\bcontainers?\b|\bpods?\b|\bimages?\b|\bdigests?\b|\blist services\b|\bwhat(?:'s| is) up\b|\bwelke services\b|\bnever restarted\b|\bhosts?\b"
    )]
    private static partial Regex Running();

    [GeneratedRegex(@"\btenants?\b|\bclients?\b|\bcustomers?\b|\bklanten\b")]
    private static partial Regex Tenants();

    [GeneratedRegex(
        @"\bhelp\b|\bhulp\b|\bwhat can you do\b|\bwat (?:kun|kan) (?:je|jij|u)\b|\bcommands\b|\bopdrachten\b"
    )]
    private static partial Regex Help();

    [GeneratedRegex(@"\b(?:why|waarom|hoe ?komt|how come)\b|\bkeeps? (?:re-?start|stop)")]
    private static partial Regex Whys();

    [GeneratedRegex(
        @"^\s*(?:and |so |en )?(?:when|who|which|what|did|was|were|has|have(?= (?:you|i|we|they|there|any\w*|some\w*|[\w' -]{1,40} (?:been|ever|already|just))\b)|does|how (?:many|often)|wanneer|wie|welke|wat|is|hoe vaak|hoeveel)\b"
    )]
    private static partial Regex Asks();

    [GeneratedRegex(@"^\s*(?:how (?:do|can|would|to)|hoe (?:kan|moet|doe|herstart))\b")]
    private static partial Regex HowTo();

    [GeneratedRegex(
        @"\b(?:should (?:i|we)|(?:i|we) should(?! have\b)|is it safe|is it wise|would it help|moet(?:en)? (?:ik|we|wij)|is het veilig|zal ik|zullen (?:we|wij)|(?:would|will) .{1,60}\bhelp|(?:do|does) (?:i|we|you|it|they|(?:the )?[\w-]+(?: [\w-]+)?) (?:really |still |even |actually )?(?:need|have) (?:to|an?)|(?:can|may|could|might) (?:i|we)(?! (?:get|have|ask)\b)|(?:mag|kan|zou) ik|(?:kunnen|mogen|zouden) (?:we|wij)|can .{1,60}\bsafely|kan .{1,60}\bveilig|wonder(?:ing)?(?! (?:if|whether) you (?:can|could|would|might)\b)|considering|thinking (?:of|about)|not sure|unsure|overweeg|twijfel|denk(?:en)? (?:eraan|erover|na))\b|^\W*(?:(?:and|so|then|en|dus) )*(?:(?:should|shall|must|moet(?:en)?|mag|mogen)\b|zou(?:den)?\b(?! (?:je|jij|u|jullie)\b))"
    )]
    private static partial Regex Weighs();

    [GeneratedRegex(
        @"^\W*(?:(?:and|so|en|dus) )*(?:please|graag|then|dan|(?:can|could|would|will) you|(?:kun|kan|wil|zou) (?:je|jij|u))\b"
    )]
    private static partial Regex Begging();

    [GeneratedRegex(
        @"(?:\b(?:undo|revert|the|that|this|de|die|het|dat|deze)|'s) (?:(?:last|latest|previous|laatste|vorige) )?(?:[\w'-]+ ){0,2}?(re-?start|reboot|stop|start|scal(?:e|ing)|rotat(?:ion|ie)|roll-?back|herstart|schaling|stoppen|starten|schalen)\b"
    )]
    private static partial Regex UndoneDeed();

    [GeneratedRegex(
        @"^\W*(?:(?:and|so|en|please|also|ook|graag|(?:can|could|would) you(?: please)?|kun je|laat me|let me) )*(?:how|what(?:'s)?|which|who|when|where|is|are|was|were|does|do|did|has|have|any|show|list|tell|see|hoe|wat|welke?|wie|wanneer|waar|zijn|heeft|hebben|draait|toon|laat|zien|vertel|noem)\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Question();

    [GeneratedRegex(
        @"^\W*(?:(?:and|then|so|please|also|just|dan|en|ook|graag|even|(?:can|could|would|will) you|(?:kun|kan|wil) je) )*(?:(?:show|list|give|toon|geef) (?:me|us|mij|ons|the|its|all|de|het|alle)\b|(?:let|tell|call|ping|page|warn|notify|alert|inform|message|text|remind|ask|contact|e-?mail|bel|meld|waarschuw|bericht|vraag|app|stuur|vertel|zeg|herinner) (?:(?:it|that|het|dat) )?(?:(?:to|aan) )?(?:me|us|him|her|them|somebody|someone|my|our|mij|ons|hem|haar|iemand|mijn|onze)\b|(?:look|check|kijk|find out) (?:at|into|why|what|if|whether|the|its|naar|in|waarom|wat|of|de|het)\b|laat (?:me|mij|ons|de|het|maar)\b|(?:why|how|waarom|hoe|what(?:'s| is)|wat is)\b)"
    )]
    private static partial Regex Apart();

    [GeneratedRegex(@"memory|\bram\b|geheugen")]
    private static partial Regex Memory();

    [GeneratedRegex(@"\bcpu\b|processor")]
    private static partial Regex Cpu();

    [GeneratedRegex(@"latency|p95|response ?time|reactietijd")]
    private static partial Regex Latency();

    [GeneratedRegex(@"error (?:rate|share|ratio|percentage)|foutpercentage")]
    private static partial Regex ErrorShare();

    [GeneratedRegex(@"traffic|\brequests?\b|verkeer|verzoeken")]
    private static partial Regex Traffic();
}
