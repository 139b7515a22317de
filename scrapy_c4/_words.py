"""What words tell about a link: texts that name nothing, words that carry no meaning of their own."""

from __future__ import annotations

import re
from functools import lru_cache

#: The characters of words, for a class of a regular expression: ``\\w`` leaves out the vowel signs of many scripts.
WORD_CHARACTERS = (
    r"\w\u0300-\u036f\u0591-\u05bd\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u1049"
    r"\u1780-\u17d3"
)
_word = re.compile(rf"[{WORD_CHARACTERS}]+(?:['’][{WORD_CHARACTERS}]+)*")

#: Link texts that say what to do and not what is there, in the languages most pages are written in.
_GENERIC = frozenset(
    text
    for line in (
        # English
        "click here|here|click|link|this link|this|this page|more|more info|more information|"
        "more details|read more|"
        "read|read now|read on|read article|read full article|read the full article|read full story|read this|"
        "learn more|find out more|see more|show more|view more|load more|view|view all|see all|"
        "show all|view details|"
        "see details|details|info|continue|continue reading|go|go to|"
        "open|visit|visit site|visit website|website|site|"
        "url|permalink|next|prev|previous|back|next page|previous page|back to top|top|first|last|older|newer|"
        "older posts|newer posts|download|download now|get it|get started|start|start now|buy now|"
        "shop now|order now|"
        "add to cart|sign up|sign in|log in|login|register|subscribe|share|tweet|like|reply|comment|comments|"
        "leave a comment|post a comment|edit|print|email|close|menu|skip to content|skip to main content|"
        "full story|full article|source|image|photo|picture|logo|icon|"
        "ok|yes|no|all|other|misc|untitled|null|undefined|"
        "tap here|press here|check it out|check this out|watch|watch now|watch video|play|expand|collapse|toggle",
        # German
        "hier|hier klicken|klicken sie hier|mehr|mehr lesen|mehr erfahren|mehr infos|mehr informationen|weiter|"
        "weiterlesen|weiter lesen|lesen|zum artikel|artikel lesen|alle anzeigen|alle ansehen|mehr anzeigen|zurück|"
        "nach oben|startseite|anmelden|registrieren|teilen|drucken|details anzeigen|jetzt lesen|ansehen|"
        "antworten|kommentieren|kommentare|bearbeiten|herunterladen|nächste|vorherige|nächste seite",
        # French
        "ici|cliquez ici|cliquer ici|plus|plus d'infos|plus d'informations|en savoir plus|"
        "savoir plus|lire|lire plus|"
        "lire la suite|la suite|voir|voir plus|voir tout|voir tous|afficher plus|suite|suivant|précédent|retour|"
        "haut de page|accueil|connexion|se connecter|s'inscrire|partager|imprimer|télécharger|détails|lien|ce lien|"
        "découvrir|répondre|modifier",
        # Spanish, Portuguese, Italian
        "aquí|haz clic aquí|clic aquí|más|más información|leer|"
        "leer más|ver más|ver|ver todo|ver todos|seguir leyendo|"
        "continuar leyendo|siguiente|anterior|volver|inicio|iniciar sesión|registrarse|compartir|descargar|enlace|"
        "aqui|clique aqui|mais|mais informações|leia mais|ler mais|saiba mais|ver mais|ver tudo|continuar|"
        "continue lendo|próximo|próxima|voltar|entrar|cadastre-se|compartilhar|baixar|"
        "qui|clicca qui|altro|leggi|leggi tutto|leggi di più|scopri di più|per saperne di più|continua|"
        "continua a leggere|vedi tutto|vedi tutti|mostra altro|avanti|indietro|accedi|registrati|condividi|scarica",
        # Dutch, Nordic, Polish, Czech, Turkish, Russian, Ukrainian, Greek
        "klik hier|meer|lees meer|lees verder|meer informatie|bekijk|"
        "bekijk alles|volgende|vorige|terug|inloggen|delen|"
        "läs mer|mer|här|klicka här|läs vidare|nästa|föregående|læs mere|klik her|her|mere|les mer|klikk her|"
        "lue lisää|lisää|täällä|seuraava|edellinen|"
        "tutaj|kliknij tutaj|więcej|czytaj więcej|czytaj dalej|dowiedz się więcej|zobacz więcej|"
        "następna|poprzednia|"
        "zde|klikněte zde|více|číst více|číst dále|více informací|další|předchozí|"
        "burada|buraya tıklayın|tıklayın|devamı|devamını oku|daha fazla|daha fazlası|sonraki|önceki|"
        "здесь|тут|нажмите здесь|подробнее|читать|читать далее|читать дальше|далее|ещё|еще|больше|узнать больше|"
        "все|смотреть все|назад|вперед|войти|регистрация|поделиться|скачать|"
        "тут|натисніть тут|докладніше|детальніше|читати далі|далі|більше|"
        "εδώ|πατήστε εδώ|περισσότερα|διαβάστε περισσότερα|επόμενη|προηγούμενη",
        # Chinese, Japanese, Korean, Arabic, Hebrew, Hindi, Vietnamese, Indonesian, Thai
        "点击这里|点击此处|点击|这里|此处|更多|查看更多|了解更多|阅读更多|阅读全文|"
        "全文|详情|查看详情|查看|更多信息|下一页|上一页|返回|登录|注册|"
        "點擊這裡|點擊此處|這裡|閱讀更多|閱讀全文|了解更多|查看更多|詳情|查看詳情|更多資訊|下一頁|上一頁|返回|登入|"
        "こちら|ここ|ここをクリック|クリック|もっと見る|もっと読む|続きを読む|"
        "続きを見る|詳細|詳しく|詳しくはこちら|詳細を見る|次へ|前へ|戻る|一覧|"
        "一覧を見る|ログイン|여기|여기를 클릭|더보기|더 보기|자세히|"
        "자세히 보기|계속 읽기|다음|이전|목록|로그인|회원가입|"
        "هنا|اضغط هنا|انقر هنا|المزيد|اقرأ المزيد|التالي|السابق|"
        "כאן|לחצו כאן|עוד|קרא עוד|קראו עוד|למידע נוסף|הבא|הקודם|"
        "यहाँ|यहाँ क्लिक करें|और पढ़ें|अधिक|और जानें|xem thêm|tại đây|đọc thêm|chi tiết|tiếp|trang sau|"
        "di sini|klik di sini|selengkapnya|baca selengkapnya|lanjut|อ่านต่อ|ดูเพิ่มเติม|คลิกที่นี่",
    )
    for text in line.split("|")
)

#: Words that join other words. Down-weighted, never dropped: "the who" is a query too.
STOP_WORDS = frozenset(
    (
        "a about above after again all also an and any are as at be because been before being below "
        "between both but by "
        "can could did do does doing done down during each few for from further had has have having "
        "he her here hers him "
        "his how i if in into is it its itself just me more most my no nor not of off on once only "
        "or other our out over "
        "own same she should so some such than that the their them then there these they this those "
        "through to too under "
        "until up us very via was we were what when where which while who whom why will with would you your yours "
        # Of other languages only what is no name anywhere: "os", "die" and "con" are asked for, too.
        "der das den dem ein eine einer eines einem einen und oder für nicht ist sind le la les une "
        "du et dans pour sur "
        "avec est el los las una unas unos para por que um uma com il gli della delle dei che het een van voor"
    ).split()
)


@lru_cache(maxsize=4096)
def is_generic(text: str) -> bool:
    """Whether a link text names nothing: "read more", "»", "3", a bare URL."""
    lowered = text.lower()
    if lowered.startswith(("http://", "https://", "www.")):
        return True
    words = _word.findall(lowered.replace("_", " "))
    if not words:
        return True
    return " ".join(words) in _GENERIC or (len(words) == 1 and words[0].isdigit())
