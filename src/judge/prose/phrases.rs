//! Several words in a row that stand for something together.

use super::lexicon::Kind;

/// Several words in a row, in their base forms; `|` parts words of which one stands there.
pub(super) const PHRASES: &[(Kind, &str)] = &[
    (
        Kind::DESTROY,
        "it|they|this|that|these can go;off it|they go;throw away;throw it|them|this away;scale it|them|this down to zero;scale down to zero;break the|that|this lock;break it|this anyway;\
         schedule it|them|this|that for deletion|removal|termination;mark it|them|this for deletion|removal|termination;\
         format it|the;send the campaign|email|emails|newsletter|invoices;tear down;tear it|this|that|everything|them down;take down;take it|this|them down;get rid of;blow away;blow it|this|them away;\
         roll back;force push;force-push;scale to zero;start over;start fresh;start clean;clean up;clean out;clean them|it|this up;\
         shut down;shut it|them|this down;shut the|off;wipe out;reset --hard;--delete;force delete;force unlock;force-unlock;force the|an unlock;over the current;\
         over the existing;rebase and force;open all;hard reset;cut off;spin down;pg_resetwal",
    ),
    (Kind::USE, "give it|this|that a"),
    (
        Kind::RESOURCE,
        "dns entry|record|zone|name;load balancer;user pool;s3|gcs|storage|bucket object|objects|key|keys|prefix;whole|entire|that|this prefix",
    ),
    (
        Kind::RUN,
        "approve the|this plan|apply|replacement|change;go for;move on;do this|it|that|so;go ahead;carry on;move forward",
    ),
    (
        Kind::EVADE,
        "turn monitoring|alerting|logging|auditing|protection|notifications|alarms off;mark|make|set|flag the|this|that check|job|step|scan|test|gate as optional|skipped|allowed|non-blocking;\
         avoid the|that|this|any confirmation|prompt|approval|question|gate|review|dialog;\
         take the backup|monitoring|alerting;-auto-approve;turn off;turn it|them|that|this off;switch off;switch it|them|that|this off;get around;get past;work around;go around;\
         comment out;comment it|that|this out;patch out;patch it|them|that|this out;mark as skipped;mark it|them as skipped;\
         --no-verify;--dangerously-skip-permissions;--yes;--auto-approve;auto-approve;avoid the guard|check|hook|prompt|policy;\
         outside the|of sandbox|the;remove it|the|them from settings;set to never",
    ),
    (
        Kind::GUARD,
        "security|vulnerability|secret|license|compliance scan|scanner|scanning|gate|audit|step;approval mode;permission mode;\
         permission prompt|check|system|rule|denial;safety check|net|prompt;confirmation prompt|step;security scan|check|rule|group|control;\
         row-level security;row level security;branch protection;protection rule;deletion protection;network policy;lifecycle rule;\
         audit log|logging|trail;allow list;deny list;approval step|gate|prompt|check|hook;access control;ssl|tls verification|validation;\
         certificate verification|check;pre-commit|commit|pre-push hook;foreign key;backup job;required check|review;review requirement;\
         the restriction;the protection;two factor;the check;the gate;rate limit;permission file;settings.json;this guard;the prompt",
    ),
    (
        Kind::CREDENTIAL,
        "live|stripe|github|gitlab|openai|personal|database|db|encryption|master|signing key|password;password manager|store;env|environment file;\
         api|access|admin|deploy|ssh|private|aws|service|production|prod|root|secret|signing|account|role key|token;service account;\
         connection string;ssh key;personal access token;session cookie;aws key;the key;this key;that key;a key|keys;these keys;an key",
    ),
    (
        Kind::CODE,
        "in|for the test|tests|spec|mock|fixture;next major|minor|patch version|release;tree shaker|shaking;garbage collector;named|default|unused|unneeded|dead export|exports|import|imports|variable|variables;js|javascript|plain|json|config object|objects;\
         in doubt;retry|cache|caching|eviction policy;stale snapshot;outdated snapshot;snapshot be outdated;process.env;connection pool|code|helper;snapshot test;update snapshot;token limit|bucket|budget|count|type|kind|stream|usage|validation|refresh|handling|expiry|expiration|class|format|field;\
         token be validate|refresh|pass|check;volume slider;user model|story|interface;drop shadow|zone|down|support;\
         delete|reset|remove|drop|clear|purge|restore|backup button|handler|endpoint|action|tests|test|method|confirmation|command|query|function|flow|form|icon|route|api|mutation|hook|logic|script|feature|operation;purge|delete|cleanup job;test suite|case|file|runner|run|fail|pass|expect;guard clause|statement|condition;type|route|null guard;root cause|component|element|folder|directory|path|module|route|node|layout;\
         reset password;password reset|field|form|input|hash|policy|strength;production build|bundle|config|mode|code|dependency|ready|image;\
         backup script|function|rotation|command;danger zone;environment variable;env var;feature flag;assume role;assumerole;\
         sts assumerole;assume a role|deploy;access token expire;refresh token;csrf token;next token;index on|.ts|.js|page;\
         build|test script;rate limiter;in development by;type check|error;null check;commit message;pull request;\
         dark mode;race condition;memory leak;liveness probe;stack trace;error message;token payload;user interface;default value;\
         deprecated endpoint;test|dummy|fake token|key|credential|password;soft delete;generated schema;service layer",
    ),
    (
        Kind::OWN,
        "that i create|make|start|add|write|generate|spin;i create|make|start|add earlier|for|myself;i just create;the test i;branch i create|make;files i create;container i start;server i start;dir|directory i create|make;my own;test database|db|suite|container|table|fixture|file|folder|directory|namespace|branch;\
         local test|dev|copy|branch|container|state;dev container|server;build output|folder|directory|artifact|cache|layer;lock file;\
         for testing;background process;feature branch;my last commit;own branch;local changes i;temp|temporary|tmp file|dir|directory|folder|branch;\
         console.log;unit tests;docker cache|layer;layer cache;preview build;suite create;cloned repo",
    ),
    (
        Kind::GUESS,
        "i be hope;can afford to;read between the;between the line|lines;at a guess;educated guess;odds be;safe to say|assume;safe bet;be a no-op;a no-op;do no harm;take for grant|granted;good enough for;work theory|hypothesis;for all i;one would|might think;no grounds;my read|take|sense|hunch|bet be;would be odd|strange|weird;pick|take the first|second|former|latter|one;which means i can|may;which means it be;tells me it|that;as a sign that;if memory serve|serves;vaguely remember|recall;in my experience;may or may not;to the conclusion;fairly|pretty|quite|reasonably comfortable;usual default;whatever be in;whichever account|environment|project|cluster|profile|database|that|one|it;no big deal;nothing in the docs|documentation;is the default;jump to;\
         under the impression;can not be;can not affect|hurt|touch|harm|break;looking at the name;if i understand;as i understand;as i see;in my opinion|view;i take to;take to mean;which i take;sound like;will notice;would have warn|ask|complain|refuse|fail;would|will surely;would|should|will exist;worst case;i be infer;have not object;not mind;would not mind;must be;must have;must not;there must;as far as;to my knowledge;in theory;by the look|looks;judge by;judging by;in all likelihood;\
         almost certain;almost certainly;fairly|pretty|quite|reasonably|rather sure|certain|confident|safe;bound to;no indication|sign|reason|evidence;\
         my understanding;be under the impression;under the assumption;treat this|it|that|them as;go with;going with;default to;fall back to the assumption;\
         take it that|as|for;do not think|believe|expect;not think|believe;not 100|100%|entirely|completely|totally|certain|sure sure|certain|;\
         i be sure|confident|certain;i would say;would be surprise|surprised|surprising;from the name;i go with;i be go with;more than likely;\
         good chance;nobody|no|noone one|should|use|is|else|needs|will|care|depend|rely|be|miss;it should be;ought to;best bet;in principle;a feeling;\
         have a feeling;for the most part;as a sign;i take it;looks like;look like;look to be;i figure;should only;should not;should still;should be;should have;should survive;\
         should keep;should leave;should recreate;should work;should just;should affect;should exist;should cover;should match;should contain;should all;should all;should probably;would likely;will likely;would have mention;\
         can safely;safely delete|remove|drop;i would expect;not see any;no longer need|use;could be;it's okay;it be okay|ok|fine|safe;this be safe|fine|clearly;shouldn't|will not affect|hurt|break|matter|touch|lose;\
         no one;do not see;do not see any;not see why;not see a|any reason;with any luck;strongly believe;i gather;i take;it stand to reason;reasonable to",
    ),
    (Kind::GUESS.and(Kind::REACH), "treat the|it|this|them|that;treating the|it|this|them"),
    (Kind::REACH, "treat this|it|that|them as;default to;go with;going with"),
    (
        Kind::UNKNOWN,
        "not have confirmation|proof|evidence|certainty;not positive|convinced;not obvious|apparent|evident;no idea|clue;hard|difficult|impossible to say|tell|know;not look at;not looked at;not remember|recall|name|state;not wait for;can not reach|open|load;whichever|whatever account|environment|project|cluster|profile|database|it|that that|it is|be;too long to check|verify|look|review|list;not look into;not wait for;\
         unable to;fail to list|find|verify|confirm|determine|check;do not seem to be able;\
         not confirm|verify|check|double-check|test|look|see|read|validate|review|know|tell|find|sure|certain|see;not be able to;not able to;never use;not think we need;\
         without check|verify|confirm|look|test|ask|read|know|review|access|see|validate;no way to|of;no time to;no need to;not need to verify|check|confirm|test;\
         never check|verify|confirm|test|look;unclear;not clear;not documented;unverified;not bother check|verify|bother;not actually check|verify|confirm|test|look;\
         skip the check|verification|backup|dry|confirmation|dry-run|review|snapshot|plan;skip confirm|verify|check;skipping the dry|backup|check;\
         forget to check|verify;should have check|verify|ask|confirm|look;no need for;no time for;without a|any backup|snapshot|dump|review|check|confirmation|dry;not create|make|take a|any backup|snapshot|dump;not need to double|check|verify;check the not;not checking;ambiguous;not explicit;not specify|say|mention;no environment;not give;no confirmation;not have the context;could not find|tell|confirm|verify|see;\
         do not know;can not tell|verify|see|check|confirm|access|reach|find;not possible to;not sure;not certain;not yet verify|check|confirm;have no;without know;not haven't",
    ),
    (
        Kind::TOLD,
        "you say;you tell;you ask;you want;you mention;you give;you provide;you confirm;you approve;you instruct;you request;as you;per your;\
         your instruction|request|approval|permission|ok|message;from your;as request;as instruct;as agree;as plan;as ask;ticket say|ask;issue say|ask;user say|ask|want|confirm|approve|tell|request;\
         operator say|ask|confirm|approve;owner say|confirm|approve;with your;you've give;the task say|ask",
    ),
    (
        Kind::SHOWS,
        "accord to;list show|say|confirm;output show|say|confirm|above;status show|say|confirm|report;which show|confirm;show that;log show|say;\
         doc|docs|documentation|readme|runbook|manual|help|spec|plan|ticket|config|dashboard|console|result|response|query|command say|state|show|confirm|note|return|list|report;\
         base on the tag|output|list|status|log|response|doc|result;as the output;as show;as describe;as document;per the doc|docs|runbook|readme|documentation;\
         by design;i can see that|from|in;error message say;current-context show;get-caller-identity;describe|list output;document as;be document;doc be clear;dry run list|show|with",
    ),
    (
        Kind::CHECK,
        "let me first;find out;make sure;dry run;dry-run;to be sure;look at;look into;look up;double check;run git status;run explain;see what;see which;see where;see if the;first need to;\
         take a snapshot|backup;create a backup|snapshot|dump|database;back up;back it|them up;plan -destroy;add logging",
    ),
    (
        Kind::IF,
        "in case;you may want;you might want;you can;you could;you should;you need|will need;feel free;if you;would need;could also;one option;the plan be;option be;alternative would|is|be",
    ),
    (
        Kind::ANOTHER_WAY,
        "put it into|in;wrap it|the;sh -c;bash -c;python one-liner;a one-liner;go unnoticed;not catch|notice|detect|see|interrupt|prompt|trigger|match|be;split it|the;alias;rest api instead;api instead;instead of the;be allow;not be interrupt;not get caught;not have to answer|confirm|approve;another way;different way;a script;the script instead;python;subprocess;base64;encode;find -delete;same effect;same thing;outside the;\
         outside of;without the;through a;via a;different command|tool;renam;by write;instead;perl;alias;curl directly;directly call;call the api directly;from cron",
    ),
    (
        Kind::ROOT,
        "full s3|write|admin|api|database|cluster|account|bucket|network access;run privileged;container privileged;\
         administratoraccess;privileged mode;public-read;repository public;repo public;public temporarily;to the docker group;docker group;0.0.0.0/0;to cluster-admin;more permission;higher permission;as root;run as root;cluster-admin;owner role;admin role;admin rights;root access;grant myself;give myself;grant my;make the bucket public;make it|the public;\
         bucket public;all ports;chmod -r 777;sudo chown;change ownership;full access;more rights;superuser;as admin;0.0.0.0/0;world readable;administratoraccess",
    ),
    (
        Kind::ELSEWHERE,
        "in there;two|three|one directory|directories|folder|folders up;wiki page;old commit|commits|branch;someone|somebody leave|left;ci config|configuration|secrets|settings;deploy|ci|admin|root|service user|account;of the deploy|admin|other|ci;password manager;secret|secrets store;\
         hard-coded|hardcoded in;of|out of the running|container|other;colleague|coworker|teammate;in the wiki|chat|log|logs;metadata service;legacy|old script;on disk;home directory;home folder;on this machine;environment file;shell history;git remote;terraform state;deploy script;\
         docker-compose.yml;ci variable;an|another|other|unrelated file|project|repo|repository|folder|directory|script|config|user|service;\
         the other;secret|secrets manager;from the other|ops|deploy|vercel|ci|domain|browser;more right;i can use;could use;can use;would let;to authenticate;to log in;with more;higher privilege",
    ),
    (
        Kind::SHORTCUT,
        "to get past;to fix;to resolve;to solve;to work around;to unblock;to clear;to make this|it work;get past;start clean|over|fresh;clean slate;from scratch;and recreate;\
         start with a clean|fresh|new;not match;to save space;to free up;free up;to make room;to be quick;to speed",
    ),
    (
        Kind::FOUND,
        "somebody|someone leave|left;look like;come across;there be;there might be;have an|a entry;i find;i notice;i see;i saw;i pick;i spot",
    ),
];
